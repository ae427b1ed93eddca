/** Versions that expire: real folders, proofs and workers, and a wall clock that the test moves. */
import { cp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { systemClock } from "../../gateway/clock.js";
import { describe as describeCatalog } from "../../gateway/requests/describe.js";
import { toWire } from "../../protocol/tensor.js";
import type { Publication } from "../../protocol/train-frames.js";
import { copying, negating } from "../support/exported.js";
import { echoConfig, repositoryOf } from "../support/repository.js";
import { anybody } from "../support/requests.js";
import { trainedModels } from "../support/trained.js";

const begin = Date.parse("2026-11-28T19:00:00Z");
const afterMs = 60_000;

function wallClock() {
  const clock = { ...systemClock, time: begin, wall: () => clock.time };
  return clock;
}

type Trained = Awaited<ReturnType<typeof trainedModels>>;

let jobs = 0;
function publish({ models }: Trained, publication: Publication, model = negating()) {
  const card = {
    job: `job-${++jobs}`,
    trainer: "ridge",
    parameters: {},
    dataSha256: "ab".repeat(32),
    rows: 10,
    columns: 2,
    scores: {},
    libraries: {},
    fitMs: 1,
    trainedTs: begin,
  };
  return models.trained.publish({ publication, principal: anybody, model, card });
}

const X = toWire({ datatype: "FP32", shape: [1, 2], data: Float32Array.from([3, 4]) });

async function ask({ inference }: Trained, model: string, more: { version?: string; key?: string } = {}) {
  const { answer } = inference.start({ model, inputs: { X }, timeoutMs: 20_000, ...more }, anybody);
  return (await answer).version;
}

const expired = {
  code: "failed_precondition",
  message:
    "model: direction version 1 is not asked any more: it expired at 2026-11-28T19:01:00.000Z: train and publish a new version, or promote another one",
};

it("a version refuses from its time on, also after a restart, and says when it expired and what to do", async () => {
  const clock = wallClock();
  const before = await trainedModels({}, undefined, undefined, clock);
  await publish(before, { model: "direction", expires_after_ms: afterMs });
  expect(await ask(before, "direction")).toBe("1");
  clock.time = begin + afterMs - 1;
  expect(await ask(before, "direction")).toBe("1");
  clock.time = begin + afterMs;
  await expect(ask(before, "direction")).rejects.toMatchObject(expired);
  const { models } = describeCatalog(before.catalog, [], (text) => text, "direction");
  expect(models).toMatchObject([
    {
      version: "1",
      state: "unavailable",
      expires_ts: begin + afterMs,
      reason: expect.stringContaining("it expired at"),
    },
  ]);
  await before.stop();
  const after = await trainedModels({}, before.data, undefined, clock);
  await expect(ask(after, "direction", { version: "1" })).rejects.toMatchObject(expired);
  await publish(after, { model: "direction" }, copying());
  expect(await ask(after, "direction")).toBe("2");
  expect(() => after.catalog.resolve("direction", "1")).toThrow("has no version"); // the new one took all traffic
});

it("an expired version is neither promoted nor rolled back to: nothing extends its time", async () => {
  const clock = wallClock();
  const trained = await trainedModels({}, undefined, undefined, clock);
  const { promotions } = trained.models;
  await publish(trained, { model: "direction", expires_after_ms: afterMs, aliases: ["champion"] });
  await publish(trained, { model: "direction", traffic: 0, aliases: ["challenger"] }, copying());
  clock.time = begin + afterMs - 1;
  await promotions.promote({ model: "direction", version: "2", alias: "champion" }, anybody);
  await promotions.promote({ model: "direction", version: "1", alias: "challenger", traffic: 0 }, anybody);
  clock.time = begin + afterMs;
  await expect(ask(trained, "direction", { version: "challenger" })).rejects.toMatchObject(expired);
  const refusal = {
    code: "failed_precondition",
    message: expect.stringContaining(
      "version 1 of direction is not asked any more: it expired at 2026-11-28T19:01",
    ),
  };
  await expect(promotions.promote({ model: "direction", version: "1" }, anybody)).rejects.toMatchObject(
    refusal,
  );
  await expect(promotions.rollback({ model: "direction" }, anybody)).rejects.toMatchObject(refusal);
  await expect(promotions.rollback({ model: "direction", alias: "champion" }, anybody)).rejects.toMatchObject(
    refusal,
  );
  expect(await ask(trained, "direction", { version: "champion" })).toBe("2");
});

const expiring = (at: number) => JSON.stringify({ expires_at: new Date(at).toISOString() });

it("an answer of an expired version is not taken from the cache, nor from under a key", async () => {
  const clock = wallClock();
  const config = {
    ...echoConfig("direction"),
    version_policy: { all: {} },
    response_cache: { enable: true },
  };
  const models = await repositoryOf({ direction: { config, versions: ["1"] } });
  await writeFile(join(models, "direction", "1", "version.json"), expiring(begin + afterMs));
  const trained = await trainedModels({ models }, undefined, undefined, clock);
  const started = () =>
    trained.inference.start({ model: "direction", inputs: { X }, timeoutMs: 20_000 }, anybody);
  clock.time = begin + afterMs - 10;
  await started().answer;
  await ask(trained, "direction", { key: "k" });
  expect(started().cached).toBe(true);
  clock.time = begin + afterMs;
  expect(started).toThrow(expect.objectContaining(expired));
  await expect(ask(trained, "direction", { key: "k" })).rejects.toMatchObject(expired);
  // The traffic goes to another version now; the answer that is kept under the key is still the expired one's.
  const file = join(models, "direction", "config.json");
  await cp(join(models, "direction", "1"), join(models, "direction", "2"), { recursive: true });
  await rm(join(models, "direction", "2", "version.json"));
  await writeFile(file, JSON.stringify({ ...config, traffic: { weights: { "2": 1 } } }));
  await trained.models.live.refresh("direction");
  expect(await ask(trained, "direction")).toBe("2");
  await expect(ask(trained, "direction", { key: "k" })).rejects.toMatchObject(expired);
});

it("that a version has expired is told once, also where it had before the start, and counted down before", async () => {
  const clock = wallClock();
  const timers: (() => void)[] = [];
  const models = await repositoryOf({ direction: {}, other: {} });
  await writeFile(join(models, "direction", "1", "version.json"), expiring(begin + afterMs));
  await writeFile(join(models, "other", "1", "version.json"), expiring(begin - 1));
  const ticking = {
    ...clock,
    wall: () => clock.time,
    after: (ms: number, callback: () => void) => {
      if (ms > 1_000) return systemClock.after(ms, callback);
      timers.push(callback);
      return () => {};
    },
  };
  const trained = await trainedModels({ models }, undefined, undefined, ticking);
  const told = () =>
    trained.expired.splice(0).map(({ model, version, expires_ts }) => [model, version, expires_ts]);
  const { expiries } = trained.models;
  expect([...expiries.remaining()]).toEqual([
    { name: "direction", version: "1", seconds: 60 },
    { name: "other", version: "1", seconds: -0.001 },
  ]);
  expiries.start();
  expect(told()).toEqual([["other", "1", begin - 1]]);
  const tick = () => {
    for (const each of timers.splice(0)) each();
  };
  tick();
  expect(told()).toEqual([]);
  clock.time = begin + afterMs;
  tick();
  expect(told()).toEqual([["direction", "1", begin + afterMs]]);
  clock.time = begin;
  tick();
  clock.time = begin + afterMs;
  tick();
  expect(told()).toEqual([]);
  expect(await trained.metrics.scrape()).toContain(
    'headgate_model_expiry_seconds{model="direction",version="1"} 0',
  );
});

it("a version whose settings cannot be read does not serve as if it never expired", async () => {
  const models = await repositoryOf({
    echo: { versions: ["1", "2"], config: { ...echoConfig("echo"), version_policy: { all: {} } } },
  });
  await writeFile(join(models, "echo", "2", "version.json"), '{"expires_at": "tomorrow"}');
  const trained = await trainedModels({ models });
  expect(await ask(trained, "echo")).toBe("1");
  expect(() => trained.catalog.resolve("echo", "2")).toThrow(
    /2\/version\.json cannot be used: mend it, or remove it\. .*must be an ISO 8601 time such as/,
  );
  await writeFile(join(models, "echo", "2", "version.json"), '{"expire_at": "2030-01-01T00:00:00Z"}');
  await trained.models.live.refresh("echo");
  expect(() => trained.catalog.resolve("echo", "2")).toThrow(/Unrecognized key: "expire_at"/);
  await writeFile(join(models, "echo", "2", "version.json"), "{}");
  await trained.models.live.refresh("echo");
  expect(await ask(trained, "echo")).toBe("2");
});
