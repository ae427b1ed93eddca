/** A repository that changes while it is served, over real sockets and with real files. */
import { appendFile, mkdir, rename, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { afterEach, beforeEach, expect, it, onTestFinished } from "vitest";
import { connect, type Described, type Gate, tensor } from "../../client/typescript/index.js";
import { startGateway, type TestGateway } from "../support/gateway.js";
import { loadOn } from "../support/load.js";
import {
  echoConfig,
  echoGolden,
  echoModel,
  negated,
  repositoryOf,
  writeVersion,
} from "../support/repository.js";
import { until } from "../support/until.js";

let models: string;
let gateway: TestGateway;
let gate: Gate;

beforeEach(async () => {
  models = await repositoryOf({ echo: {}, other: {} });
  gateway = await startGateway({ models, repository: { poll_ms: 50, settle_ms: 60 } });
  gate = await connect(gateway.url);
});
afterEach(async () => {
  await gate.close();
  await gateway.stop();
});

const off = { ...echoGolden, outputs: { Y: { ...echoGolden.outputs.Y, data: [1, 2, 3, 4.5] } } };
const described = async (name: string): Promise<readonly Described[]> =>
  (await gate.describe()).models.filter((each) => each.name === name);
const states = async (name: string) =>
  Object.fromEntries((await described(name)).map(({ version, state }) => [version, state]));
const ask = async (model = "echo", value = 1) => {
  const { version, outputs } = await gate.infer(model, { X: tensor([[value, value]]) });
  return { version, y: outputs["Y"]?.data[0] };
};
const metric = async (line: string) => {
  const text = await (await fetch(`${gateway.http}/metrics`)).text();
  const found = text.split("\n").find((each) => each.startsWith(line));
  return found === undefined ? 0 : Number(found.split(" ").pop());
};

/** As a slow copy brings it: each file in pieces, the golden answer last. */
async function copySlowly(folder: string): Promise<void> {
  const pause = () => new Promise((resolve) => setTimeout(resolve, 30));
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "model.onnx"), echoModel.subarray(0, 20));
  await pause();
  await appendFile(join(folder, "model.onnx"), echoModel.subarray(20));
  await pause();
  await writeFile(join(folder, "golden.json"), JSON.stringify(echoGolden));
}

it("versions are swapped under load, and no request of any model fails", async () => {
  const same = (
    value: number,
    { outputs }: { outputs: Readonly<Record<string, { data: ArrayLike<unknown> }>> },
  ) => (outputs["Y"]?.data[0] === value ? undefined : `${value} became ${outputs["Y"]?.data[0]}`);
  const load = await loadOn(gateway.url, "echo", same);
  const beside = await loadOn(gateway.url, "other", same, { connections: 1, lanes: 2 });
  for (let version = 2; version <= 6; version++) {
    await copySlowly(join(models, "echo", String(version)));
    await load.answered(String(version));
    if (version % 2 === 0) await rm(join(models, "echo", String(version - 1)), { recursive: true });
  }
  await until(async () => expect(await states("echo")).toEqual({ "6": "ready" }));
  await Promise.all([load.stop(), beside.stop()]);
  expect(load.failures).toEqual([]);
  expect(beside.failures).toEqual([]);
  expect([...load.versions.keys()].sort()).toEqual(["1", "2", "3", "4", "5", "6"]);
  expect([...beside.versions.keys()]).toEqual(["1"]);
  await until(async () => expect(gateway.gateway.modelPool.holds("echo@5")).toBe(false));
  expect(await metric('headgate_model_loads_total{model="echo",version="3",outcome="refused"}')).toBe(0);
  expect(await metric('headgate_model_unloads_total{model="echo",version="3",reason="retired"}')).toBe(1);
});

it("a version that does not reproduce its golden answer never serves and says why, until it is mended", async () => {
  await writeVersion(join(models, "echo", "2"), { golden: off });
  await until(async () => expect(await states("echo")).toEqual({ "1": "ready", "2": "unavailable" }));
  expect((await described("echo")).find(({ version }) => version === "2")?.["reason"]).toMatch(
    /echo\/2\/model\.onnx: golden answer not reproduced: output Y\[3\] is 4, hand gave 4\.5/,
  );
  expect((await ask()).version).toBe("1");
  await expect(
    gate.infer("echo", { X: tensor([[1, 1]]) }, { version: "2", timeoutMs: 200 }),
  ).rejects.toThrow();
  expect(await metric('headgate_model_loads_total{model="echo",version="2",outcome="refused"}')).toBe(1);
  await writeVersion(join(models, "echo", "2"));
  await until(async () => expect(await states("echo")).toEqual({ "2": "ready" }));
  expect((await ask()).version).toBe("2");
});

it("files that change are taken anew under load; when they are broken, what served goes on", async () => {
  const load = await loadOn(gateway.url, "echo", (value, { outputs }) =>
    Math.abs(Number(outputs["Y"]?.data[0])) === value ? undefined : "neither the old nor the new answer",
  );
  const folder = join(models, "echo", "1");
  await writeVersion(folder, negated);
  await until(async () => expect(await ask("echo", 5)).toEqual({ version: "1", y: -5 }));
  await writeFile(join(folder, "model.onnx"), "corrupt");
  await until(async () =>
    expect(await described("echo")).toMatchObject([
      { state: "ready", reason: expect.stringMatching(/echo\/1\/model\.onnx/) },
    ]),
  );
  expect(await ask("echo", 5)).toEqual({ version: "1", y: -5 });
  await load.stop();
  expect(load.failures).toEqual([]);
});

it("a folder that is still being written is not taken", async () => {
  const folder = join(models, "echo", "2");
  await mkdir(folder);
  await writeFile(join(folder, "model.onnx"), "");
  for (let at = 0; at < echoModel.length; at += 8) {
    await appendFile(join(folder, "model.onnx"), echoModel.subarray(at, at + 8));
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await writeFile(join(folder, "golden.json"), JSON.stringify(echoGolden));
  await until(async () => expect(await states("echo")).toEqual({ "2": "ready" }));
});

it("models come and go", async () => {
  await rm(join(models, "other"), { recursive: true });
  await until(async () => expect(await described("other").catch(() => [])).toEqual([]));
  await expect(ask("other")).rejects.toMatchObject({ code: "not_found" });
  await mkdir(join(models, "new.part", "1"), { recursive: true });
  await writeFile(join(models, "new.part", "README.md"), "# new\n\nEchoes.\nTwice.\n\nMore.");
  await writeVersion(join(models, "new.part", "1"));
  await writeFile(join(models, "new.part", "config.json"), JSON.stringify(echoConfig("new")));
  await rename(join(models, "new.part"), join(models, "new"));
  await until(async () => expect(await ask("new", 3)).toEqual({ version: "1", y: 3 }));
  const [told] = await described("new");
  expect(told).toMatchObject({ card: "Echoes.\nTwice.", traffic: 1, backend: "onnxruntime-cpu" });
  expect((await gate.describe("new")).models[0]).toMatchObject({ card: expect.stringContaining("More.") });
});

it("a config that changes is taken, and one that is broken changes nothing of what serves", async () => {
  const path = join(models, "echo", "config.json");
  await writeVersion(join(models, "echo", "2"), negated);
  await until(async () => expect(await states("echo")).toEqual({ "2": "ready" }));
  await writeFile(path, JSON.stringify({ ...echoConfig("echo"), version_policy: { all: {} } }));
  await until(async () => expect(await states("echo")).toEqual({ "1": "ready", "2": "ready" }));
  await writeFile(path, "{");
  await until(async () =>
    expect((await described("echo")).map(({ reason }) => reason)).toEqual([
      expect.stringMatching(/config\.json/),
      expect.stringMatching(/config\.json/),
    ]),
  );
  expect(await ask("echo", 2)).toEqual({ version: "2", y: -2 });
  await writeFile(
    path,
    JSON.stringify({ ...echoConfig("echo"), version_policy: { specific: { versions: [1] } } }),
  );
  await until(async () => expect(await states("echo")).toEqual({ "1": "ready" }));
  expect(await ask("echo", 2)).toEqual({ version: "1", y: 2 });
});

const restored: Readonly<Record<string, { file: string; broken: string }>> = {
  "a config that cannot be read": { file: "config.json", broken: "{" },
  "a config of other tensors": {
    file: "config.json",
    broken: JSON.stringify({ ...echoConfig("echo"), input: [{ name: "Z", datatype: "FP32", dims: [2] }] }),
  },
  "a golden answer": { file: "1/golden.json", broken: JSON.stringify(off) },
  "a model": { file: "1/model.onnx", broken: "corrupt" },
};

it.each(Object.entries(restored))("%s that is moved back clears its reason", async (_, { file, broken }) => {
  const path = join(models, "echo", file);
  const aside = join(models, "..", `${basename(models)}-aside`);
  onTestFinished(() => rm(aside, { force: true }));
  await rename(path, aside);
  await writeFile(path, broken);
  await until(async () =>
    expect(await described("echo")).toMatchObject([{ state: "ready", reason: expect.any(String) }]),
  );
  await rename(aside, path); // the file keeps its number and its times
  await until(async () => {
    const [told] = await described("echo");
    expect(told).toMatchObject({ state: "ready" });
    expect(told).not.toHaveProperty("reason");
  });
  expect(await ask("echo", 2)).toEqual({ version: "1", y: 2 });
  // The version that served all the time was not opened again.
  expect(await metric('headgate_model_loads_total{model="echo",version="1",outcome="ready"}')).toBe(1);
});
