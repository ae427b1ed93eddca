/**
 * A schedule over a socket, with a trainer that is a process without Python: it retrains by rows and by a stream's
 * observations, promotes and keeps challengers, tells it to subscribers, and goes on after a restart.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import type { EventFrame, GatewayFrame } from "../../protocol/frames.js";
import type { ScheduleState } from "../../protocol/schedule-frames.js";
import { toWire } from "../../protocol/tensor.js";
import type { JobState } from "../../protocol/train-frames.js";
import { fakeEnvironment } from "../support/fake-trainer/program.js";
import { startGateway } from "../support/gateway.js";
import { repositoryOf } from "../support/repository.js";
import { BareSocket } from "../support/socket.js";
import { until } from "../support/until.js";

/** Rows whose target is the only column: the fake trainer's graph, which answers X, is right about them. */
const rows = (from: number, to: number) => {
  const values = Float64Array.from({ length: to - from }, (_, i) => Math.sin(from + i));
  return {
    X: toWire({ datatype: "FP64", shape: [to - from, 1], data: values }),
    y: toWire({ datatype: "FP64", shape: [to - from], data: values }),
  };
};

const settings = {
  schedule: "sines",
  model: "sines",
  trainer: "ridge",
  inputs: { X: { ref: "bars", columns: ["X"] }, y: { ref: "bars", columns: "y" } },
  trigger: { dataset: "bars", every_rows: 10 },
  validation: { rows: 10, score: "mae" },
} as const;

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "headgate-schedules-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A gateway on a folder that outlives it; its candidates' fits are off by one. */
async function opened(data: string, models: string, stepMs = 1) {
  const trainerEnvironment = fakeEnvironment({
    trainers: ["ridge", "walk_forward"],
    off: 1,
    steps: 4,
    step_ms: stepMs,
  });
  const overrides = { data, models, training: { schedule_interval_ms: 100 } };
  const gateway = await startGateway(overrides, { trainerEnvironment });
  const socket = await BareSocket.open(gateway.url);
  let lastId = 0;
  const ask = async (frame: object): Promise<GatewayFrame & Record<string, unknown>> => {
    const id = ++lastId;
    socket.send({ ...frame, id } as never);
    const answer = (await socket.answer(id)) as GatewayFrame & Record<string, unknown>;
    expect(answer, JSON.stringify(answer)).toMatchObject({ type: "ack" });
    return answer;
  };
  const state = async () =>
    (await ask({ type: "schedules", schedule: "sines" }))["state"] as unknown as ScheduleState;
  const afterRetrain = async (retrains: number) => {
    let found = await state();
    await until(async () => {
      found = await state();
      expect([found.retrains, found.running]).toEqual([retrains, null]);
    }, 30_000);
    return found;
  };
  return { gateway, socket, ask, state, afterRetrain };
}

let there = 30;
async function grow(ask: (frame: object) => Promise<unknown>, count = 10): Promise<void> {
  await ask({ type: "append", dataset: "bars", columns: rows(there, there + count) });
  there += count;
}

it("retrains, promotes, keeps challengers, tells of them, and goes on after a restart", async () => {
  const [data, models] = [await temporaryFolder(), await repositoryOf({})];
  const first = await opened(data, models);
  there = 30;
  await first.ask({ type: "put", dataset: "bars", columns: rows(0, there) });
  await first.ask({ type: "subscribe", topic: "model.*" });
  expect(await first.ask({ type: "schedule", ...settings })).toMatchObject({ created: true });
  expect(await first.ask({ type: "schedule", ...settings })).toMatchObject({ created: false });
  await grow(first.ask);
  expect((await first.afterRetrain(1)).last).toMatchObject({
    version: "1",
    promoted: true,
    reason: "first_version",
    candidate: 1,
  });
  await grow(first.ask);
  expect((await first.afterRetrain(2)).last).toMatchObject({
    version: "2",
    promoted: false,
    reason: "worse",
    candidate: 1,
    champion: "1",
    champion_score: 0,
    rows: [40, 50],
    champion_trained_on: "none",
  });
  const events = () =>
    first.socket.frames
      .filter((frame): frame is EventFrame => frame.type === "event")
      .map(({ data: { kind } }) => kind);
  await until(async () => expect(events()).toContain("challenger_kept"));
  expect(events().filter((kind) => kind === "model_promoted")).toHaveLength(1);
  // Rows that come while the gateway is away are counted.
  await grow(first.ask, 9);
  await first.gateway.gateway.stop();
  const second = await opened(data, models, 100);
  expect(await second.state()).toMatchObject({ retrains: 2, counted: 9, last: { version: "2" } });
  await second.ask({ type: "schedule", ...settings, tolerance: 1, replace: true });
  await grow(second.ask);
  await until(async () => expect((await second.state()).running).not.toBeNull(), 10_000);
  // It is interrupted by a second restart, and done once.
  await second.gateway.gateway.stop();
  const third = await opened(data, models);
  onTestFinished(() => third.gateway.stop());
  expect((await third.afterRetrain(1)).last).toMatchObject({
    version: "3",
    promoted: true,
    reason: "not_worse",
  });
  const { jobs } = (await third.ask({ type: "jobs" })) as unknown as { jobs: JobState[] };
  expect(jobs.map(({ published }) => published?.version ?? null).sort()).toEqual([
    "1",
    "2",
    "3",
    null,
    null,
    null,
  ]);
  const { models: shown } = (await third.ask({ type: "describe", model: "sines" })) as unknown as {
    models: {
      version: string;
      aliases?: string[];
      history?: { by: string; reason: string; alias_dropped?: string }[];
    }[];
  };
  expect(shown.find(({ version }) => version === "3")?.aliases).toEqual(["champion"]);
  expect(shown[0]?.history?.[0]).toMatchObject({
    by: "schedule:sines of anonymous",
    alias_dropped: "challenger",
    reason: expect.stringMatching(/^sines: not worse than the champion; mae 1 on the rows .*, version 1 0$/),
  });
}, 120_000);

it("retrains by the observations of a stream, and says what is wrong with a schedule", async () => {
  const one = await opened(await temporaryFolder(), await repositoryOf({}));
  onTestFinished(() => one.gateway.stop());
  there = 30;
  await one.ask({ type: "put", dataset: "bars", columns: rows(0, there) });
  await one.ask({ type: "open", stream: "clock", detector: "bocpd" });
  const trigger = { stream: "clock", every_observations: 5 };
  await one.ask({ type: "schedule", ...settings, trigger, promote: "never", validation: null });
  const observe = async (from: number, count: number) =>
    one.ask({
      type: "observe",
      stream: "clock",
      ts: Array.from({ length: count }, (_, i) => 1_000 + from + i),
      values: toWire({ datatype: "FP64", shape: [count, 1], data: new Float64Array(count).fill(0.01) }),
    });
  await observe(0, 4);
  expect(await one.state()).toMatchObject({ counted: 4, retrains: 0 });
  await observe(4, 1);
  expect((await one.afterRetrain(1)).last).toMatchObject({ version: "1", reason: "never", score: null });
  let refusals = 9_000;
  const refused = async (change: object): Promise<string> => {
    const id = ++refusals;
    one.socket.send({ type: "schedule", id, ...settings, schedule: "other", ...change } as never);
    const { code, message } = (await one.socket.answer(id)) as unknown as Record<string, string>;
    return `${code} ${message}`;
  };
  expect(await refused({ trainer: "rigde" })).toMatch(/^not_found trainer: no trainer "rigde"/);
  expect(await refused({ trainer: "lasso" })).toMatch(/^failed_precondition trainer: lasso: /);
  expect(await refused({ trainer: "walk_forward", parameters: {} })).toMatch(/^invalid_argument /);
  expect(await refused({ parameters: { alpha: "much" } })).toMatch(/^invalid_argument parameters.alpha/);
  expect(await refused({ inputs: { X: settings.inputs.X } })).toMatch(/^invalid_argument inputs.y: missing/);
  expect(await refused({ inputs: { ...settings.inputs, X_eval: { ref: "bars" } } })).toMatch(
    /^invalid_argument inputs.X_eval: a schedule takes X, y, sample_weight alone/,
  );
  expect(await refused({ inputs: { ...settings.inputs, y: { ref: "labels" } } })).toMatch(
    /^not_found inputs.y.ref/,
  );
  expect(await refused({ trigger: { dataset: "none", every_rows: 1 } })).toMatch(
    /^not_found trigger.dataset/,
  );
  expect(await refused({ trigger: { stream: "none", every_observations: 1 } })).toMatch(
    /^not_found trigger.stream/,
  );
  expect(await refused({ trigger: { every_ms: 50 } })).toMatch(/^invalid_argument trigger.every_ms/);
  expect(await refused({ validation: { rows: 5, score: "accuracy" } })).toMatch(
    /^invalid_argument validation.score: accuracy is a score of classifiers, and ridge is none/,
  );
}, 60_000);

it("compares with a champion that has expired, which answers nobody else, and promotes what is not worse", async () => {
  const [data, models] = [await temporaryFolder(), await repositoryOf({})];
  const { gateway, socket, ask, afterRetrain } = await opened(data, models);
  onTestFinished(() => gateway.stop());
  there = 30;
  await ask({ type: "put", dataset: "bars", columns: rows(0, there) });
  await ask({ type: "schedule", ...settings, tolerance: 1, expires_after_ms: 86_400_000 });
  await grow(ask);
  expect((await afterRetrain(1)).last).toMatchObject({ version: "1", promoted: true });
  const file = join(data, "published", "sines", "1", "version.json");
  await writeFile(file, JSON.stringify({ expires_at: "2026-01-01T00:00:00Z" }));
  const infer = { type: "infer", model: "sines", inputs: { X: rows(0, 1).X } };
  let id = 1_000;
  await until(async () => {
    socket.send({ ...infer, id: ++id } as never);
    expect(await socket.answer(id)).toMatchObject({ type: "error", code: "failed_precondition" });
  }, 20_000);
  await grow(ask);
  expect((await afterRetrain(2)).last).toMatchObject({
    version: "2",
    promoted: true,
    reason: "not_worse",
    champion: "1",
    champion_score: 0,
    message: null,
  });
  socket.send({ ...infer, id: ++id } as never);
  expect(await socket.answer(id)).toMatchObject({ type: "result", version: "2" });
});
