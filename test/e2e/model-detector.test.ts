/** A stream whose detector asks a learned model: over a socket, in the pool's workers, on a repository that changes. */
import { cp, rename } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it, onTestFinished } from "vitest";
import { type Change, connect } from "../../client/typescript/index.js";
import { bars } from "../conformance/detectors.js";
import { startGateway } from "../support/gateway.js";
import { repositoryOf } from "../support/repository.js";
import { until } from "../support/until.js";

const shipped = fileURLToPath(new URL("../../models/lstm-regime", import.meta.url));
const rows = bars(420).map((row) => [...row]);
const opening = { detector: "lstm-regime", parameters: { input: "bars" } };

const batch = (from: number, to: number) => ({
  ts: Array.from({ length: to - from }, (_, i) => from + i),
  rows: rows.slice(from, to),
});

it("goes on without a gap when its model was gone for a while; the events are those of one that never was", async () => {
  const models = await repositoryOf({});
  const aside = await repositoryOf({});
  const at = join(models, "lstm-regime");
  await cp(shipped, at, { recursive: true });
  const gateway = await startGateway({ models, repository: { poll_ms: 50, settle_ms: 60 } });
  onTestFinished(() => gateway.stop());
  const gate = await connect(gateway.url);
  onTestFinished(() => gate.close());
  const changes: Change[] = [];
  const subscription = gate.subscribe("regime.*");
  void (async () => {
    for await (const change of subscription) changes.push(change);
  })();
  await subscription.caughtUp;

  const steady = await gate.openStream("STEADY", opening);
  const { ts, rows: all } = batch(0, 420);
  expect(await steady.observe(ts, all)).toMatchObject({ accepted: 420 });

  const stream = await gate.openStream("SPX", opening);
  const before = batch(0, 200);
  await stream.observe(before.ts, before.rows);
  await rename(at, join(aside, "lstm-regime"));
  let tried = 0;
  await until(async () =>
    expect(gate.openStream(`NEW-${++tried}`, opening)).rejects.toMatchObject({
      code: "not_found",
      message: expect.stringMatching(/^parameters\.model: no model "lstm-regime" is served; put it into/),
    }),
  );
  const after = batch(200, 420);
  await expect(stream.observe(after.ts, after.rows)).rejects.toMatchObject({ code: "unavailable" });
  expect(await stream.state()).toMatchObject({ observations: 200, last_ts: 199 });
  await rename(join(aside, "lstm-regime"), at);
  await until(async () =>
    expect(await stream.observe(after.ts, after.rows)).toMatchObject({ accepted: 220 }),
  );

  const told = (name: string) =>
    changes
      .filter(({ stream: of }) => of === name)
      .map(({ from, to, observed_ts }) => [from, to, observed_ts]);
  expect(told("STEADY").length).toBeGreaterThan(2);
  await until(async () => expect(told("SPX")).toEqual(told("STEADY")));
  subscription.close();
});

it("is described with its parameters, and refuses rows that are no bars without closing anything", async () => {
  const gateway = await startGateway();
  onTestFinished(() => gateway.stop());
  const gate = await connect(gateway.url);
  onTestFinished(() => gate.close());
  const { detectors } = await gate.describe("lstm-regime");
  const parameters = ["model", "model_version", "window", "input", "n_components"];
  const shared = ["enter_probability", "min_dwell", "max_silence_ms"];
  expect(detectors).toMatchObject([
    { name: "lstm-regime", parameters: [...parameters, ...shared].map((name) => ({ name })) },
  ]);
  await expect(gate.openStream("SPX", { ...opening, parameters: { window: 10 } })).rejects.toThrow(
    "parameters.window: lstm-regime version 1 looks at 42 observations, got 10",
  );
  const stream = await gate.openStream("SPX", opening);
  await expect(stream.observe(0, [0.01])).rejects.toThrow(
    "values.shape: lstm-regime takes 4 values (high, low, close, volume) an observation, got 1",
  );
  expect(await stream.observe(0, rows[0] as number[])).toMatchObject({ accepted: 1 });
});
