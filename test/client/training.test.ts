/** Trainings of the TypeScript client: what is sent, what is waited for over lost connections, how each ends. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Gate } from "../../client/typescript/gate.js";
import { type JobProgress, tensor } from "../../client/typescript/index.js";
import type { ClientFrame, EventData, EventFrame, GatewayFrame } from "../../protocol/frames.js";
import type { JobState, NestedValue } from "../../protocol/train-frames.js";
import { ScriptedPlatform } from "../support/scripted-platform.js";

const url = "ws://gateway/v1";
const features = ["infer", "train", "jobs", "upload", "promote"];
const inputs = { X: tensor([[1], [2]]), y: tensor([0, 1]) };
const importances = {
  datatype: "FP64",
  shape: [2],
  data: new Uint8Array(new Float64Array([0.25, 0.75]).buffer),
} as const;

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(console, "warn").mockImplementation(() => {});
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const passed = (ms: number) => vi.advanceTimersByTimeAsync(ms);

async function made(offered = features) {
  const platform = new ScriptedPlatform();
  const gate = new Gate([url], { wait: false, backoff: { firstMs: 10, mostMs: 10 } }, platform);
  await passed(0);
  platform.greet({ features: offered });
  await passed(0);
  return { platform, gate };
}

async function reconnected(platform: ScriptedPlatform) {
  platform.lose("reset");
  await passed(50);
  platform.greet({ features });
  await passed(0);
}

const outcome = (call: Promise<unknown>) => call.catch((error: unknown) => error);

async function ack(
  platform: ScriptedPlatform,
  type: ClientFrame["type"],
  more: Record<string, unknown> = {},
) {
  const { id } = platform.last(type) as ClientFrame & { id: number };
  platform.send({ type: "ack", id, ...more } as GatewayFrame);
  await passed(0);
}

function state(name: JobState["state"], more: Partial<JobState> = {}): JobState {
  return {
    kind: "job_state",
    job: "j1",
    trainer: "ridge",
    label: null,
    state: name,
    stage: null,
    background: true,
    created_ts: 1,
    started_ts: 2,
    ended_ts: null,
    share_done: null,
    remaining_ms: null,
    loss: null,
    score: null,
    fit_ms: null,
    convert_ms: null,
    restarts: 0,
    resumed_from: null,
    handle: null,
    published: null,
    error: null,
    ...more,
  };
}

function event(offset: number, data: EventData, topic = "job.j1"): EventFrame {
  const place = { epoch: "e1", offset, position: offset, ts: 5, event_id: `e1-${offset}` };
  return { type: "event", topic, ...place, data };
}

function progress(offset: number, share_done: number): EventFrame {
  const figures = { iteration: offset, share_done, remaining_ms: null, loss: 0.5, score: null };
  return event(offset, { kind: "job_progress", job: "j1", trainer: "ridge", stage: "fit", ...figures });
}

function changed(offset: number, name: JobState["state"], more: Partial<JobState> = {}): EventFrame {
  return event(offset, { ...state(name, more), kind: "job_changed" });
}

describe("a training", () => {
  it("is refused before it is sent where its parameters are nested so deeply that the connection would end", async () => {
    const { platform, gate } = await made();
    const nested = (levels: number): NestedValue => (levels === 0 ? 1 : [nested(levels - 1)]);
    // The request and `parameters` are two of the eight.
    await expect(gate.train("ridge", inputs, { parameters: { alpha: nested(7) } })).rejects.toThrow(
      "parameters: lists and maps may be nested 8 deep, counted from the request itself",
    );
    void outcome(gate.train("ridge", inputs, { parameters: { alpha: nested(6) } }));
    await passed(0);
    expect(platform.last("train").parameters).toEqual({ alpha: nested(6) });
    await gate.close();
  });

  it("sends its parameters as they are nested, and answers with the fitted attributes and the handle", async () => {
    const { platform, gate } = await made();
    const parameters = {
      steps: [{ trainer: "standard_scaler" }, { trainer: "ridge", parameters: { alpha: 2 } }],
    };
    const call = gate.train("pipeline", inputs, { parameters, keepSeconds: 60, publish: { model: "risk" } });
    await passed(0);
    const sent = platform.last("train");
    expect(sent).toMatchObject({
      trainer: "pipeline",
      parameters,
      keep_seconds: 60,
      publish: { model: "risk" },
    });
    expect(sent).not.toHaveProperty("timeout_ms");
    expect(sent).not.toHaveProperty("background");
    platform.send({
      type: "result",
      id: sent.id,
      model: "pipeline",
      version: "1",
      outputs: {
        handle: { datatype: "BYTES", shape: [], data: ["train:j1"] },
        feature_importances: importances,
      },
      backend: "scikit-learn",
      precision: "FP64",
      timing: { queue_ms: 0, compute_ms: 1, batch_size: 1 },
      training: { job: "j1", fit_ms: 12.5, convert_ms: null, libraries: { python: "3.12.1" } },
    });
    expect(await call).toEqual({
      job: "j1",
      outputs: { feature_importances: expect.objectContaining({ data: new Float64Array([0.25, 0.75]) }) },
      handle: "train:j1",
      fitMs: 12.5,
      convertMs: null,
      libraries: { python: "3.12.1" },
    });
  });

  it("is not sent twice without a key; in the background it is, with a key that the client makes", async () => {
    const { platform, gate } = await made();
    const lost = outcome(gate.train("ridge", inputs));
    await passed(0);
    await reconnected(platform);
    expect(await lost).toMatchObject({ code: "unavailable", processed: "maybe" });

    const job = gate.train("ridge", inputs, { background: true });
    await passed(0);
    const { key } = platform.last("train");
    await reconnected(platform);
    expect(key).toMatch(/^[0-9a-f]{32}$/);
    expect(platform.sent.filter((frame) => frame.type === "train").map((frame) => frame.key)).toEqual([
      undefined,
      key,
      key,
    ]);
    await ack(platform, "train", { job: "j1" });
    expect((await job).name).toBe("j1");
  });

  it("waits for a gateway no longer than any call, and is refused where the gateway is older", async () => {
    const platform = new ScriptedPlatform();
    const gate = new Gate([url], { wait: false, timeoutMs: 200 }, platform);
    const away = outcome(gate.train("ridge", inputs));
    await passed(300);
    expect(await away).toMatchObject({ code: "unavailable", addresses: [url] });

    const { gate: older } = await made(["infer"]);
    for (const call of [
      () => older.train("ridge", inputs),
      () => older.jobs(),
      () => older.job("j1").cancel(),
      () => older.upload("risk", new Uint8Array(1)),
    ]) {
      const refused = outcome(call());
      await passed(0);
      expect(await refused).toMatchObject({
        code: "unimplemented",
        message: expect.stringMatching(/does not have `(train|jobs|upload)`/),
      });
    }
    expect(older.connected).toBe(true);
  });
});

describe("a job", () => {
  it("tells its progress over a lost connection, each once, and ends with the job", async () => {
    const { platform, gate } = await made();
    const shares: (number | null)[] = [];
    const read = (async () => {
      for await (const each of gate.job("j1")) shares.push((each as JobProgress).share_done);
    })();
    await passed(0);
    await ack(platform, "subscribe", { snapshots: 1 });
    await ack(platform, "jobs", { job: "j1", state: state("running") });
    platform.send(progress(1, 0.25));
    await passed(0);
    await reconnected(platform);
    expect(platform.last("subscribe")).toMatchObject({ topic: "job.j1", since: { epoch: "e1", offset: 1 } });
    await ack(platform, "subscribe", { snapshots: 1 });
    await ack(platform, "jobs", { job: "j1", state: state("running") });
    platform.send(progress(1, 0.25), progress(2, 0.5));
    await passed(0);
    platform.send(changed(3, "done"));
    await passed(0);
    await read;
    expect(shares).toEqual([0.25, 0.5]);
    expect(platform.last("unsubscribe").topic).toBe("job.j1");
  });

  it("that all wait for is subscribed once, and its result has what the state tells", async () => {
    const { platform, gate } = await made();
    const result = gate.job("j1").result();
    const end = gate.job("j1").wait();
    await passed(0);
    await ack(platform, "subscribe", { snapshots: 1 });
    platform.send(
      changed(1, "done", { fit_ms: 9, handle: "train:j1", published: { model: "risk", version: "4" } }),
    );
    await passed(0);
    await ack(platform, "jobs", { job: "j1", state: state("done"), outputs: { importances } });
    expect(await end).toMatchObject({ kind: "job_state", state: "done" });
    expect(await result).toMatchObject({
      job: "j1",
      fitMs: 9,
      handle: "train:j1",
      published: { model: "risk", version: "4" },
      outputs: { importances: { shape: [2] } },
    });
    expect(platform.sent.filter(({ type }) => type === "subscribe")).toHaveLength(1);
  });

  it("that ended before is found by asking, and its failure or cancellation is thrown", async () => {
    for (const [now, error] of [
      [
        state("failed", { error: { code: "invalid_argument", message: "inputs.y: has one class only" } }),
        { code: "invalid_argument", message: "job j1: inputs.y: has one class only" },
      ],
      [state("cancelled"), { code: "cancelled", message: "job j1 was cancelled" }],
    ] as const) {
      const { platform, gate } = await made();
      const failure = outcome(gate.job("j1").result());
      await passed(0);
      await ack(platform, "subscribe", { snapshots: 1 });
      await ack(platform, "jobs", { job: "j1", state: now });
      expect(await failure).toMatchObject(error);
    }
  });

  it("whose state cannot be told now is asked for again; one that is unknown ends the wait", async () => {
    const { platform, gate } = await made();
    const waiting = outcome(gate.job("j1").wait());
    await passed(0);
    await ack(platform, "subscribe", { snapshots: 1 });
    const refuse = (code: "unavailable" | "not_found", retryable: boolean) => {
      const { id } = platform.last("jobs");
      platform.send({ type: "error", id, code, message: code, retryable, processed: "no" });
    };
    for (let attempt = 0; attempt < 5; attempt++) {
      refuse("unavailable", true);
      await passed(600);
    }
    await passed(1_000);
    refuse("not_found", false);
    await passed(0);
    expect(await waiting).toMatchObject({ code: "not_found" });
  });

  it("whose client is closed ends the wait", async () => {
    const { platform, gate } = await made();
    const waiting = outcome(gate.job("j1").wait());
    await passed(0);
    await ack(platform, "subscribe", { snapshots: 1 });
    void gate.close();
    await passed(0);
    expect(await waiting).toMatchObject({ code: "cancelled", message: "the client was closed" });
  });

  it("is heard of beside all regimes, whose subscription takes no other topic's events", async () => {
    const { platform, gate } = await made();
    const heard: string[] = [];
    const regimes = gate.subscribe("regime.*");
    gate.subscribe("job.*", { onJob: ({ kind }) => heard.push(kind) });
    const told: unknown[] = [];
    gate.subscribe("model.risk", {
      onServing: ({ kind }) => heard.push(kind),
      onPromoted: (promotion) => told.push(promotion),
      onExpired: (expiry) => told.push(expiry),
      onChallengerKept: (challenger) => told.push(challenger),
      onRetrainFailed: (failure) => told.push(failure),
    });
    await passed(0);
    const serving = { kind: "model_serving", model: "risk", version: "2", traffic: 1, job: null } as const;
    platform.send(progress(1, 0.5), event(2, serving, "model.risk"));
    await passed(0);
    expect(heard).toEqual(["job_progress", "model_serving"]);
    const promoted = { kind: "model_promoted", model: "risk", ...record } as const;
    const expired = { kind: "model_expired", model: "risk", version: "1", expires_ts: 9 } as const;
    const scores = { score: "r2", candidate: 0.25, champion: "1", champion_score: 0.5 } as const;
    const kept = { kind: "challenger_kept", model: "risk", version: "3", schedule: "nightly" } as const;
    const failed = {
      kind: "retrain_failed",
      model: "risk",
      schedule: "nightly",
      code: "not_found",
    } as const;
    platform.send(event(3, promoted, "model.risk"), event(4, expired, "model.risk"));
    platform.send(event(5, { ...kept, reason: "worse", ...scores }, "model.risk"));
    platform.send(event(6, failed, "model.risk"));
    await passed(0);
    expect(told).toMatchObject([
      { ...promoted, ts: expect.any(Number), offset: 3, topic: "model.risk" },
      { ...expired, offset: 4 },
      { ...kept, reason: "worse", ...scores, offset: 5, topic: "model.risk" },
      { ...failed, offset: 6, ts: expect.any(Number) },
    ]);
    expect(regimes.cursor).toBeUndefined();
    expect(() => gate.subscribe("job.j1")).toThrow("listens to job.* already");
  });
});

const record = {
  action: "promote",
  ts: 7,
  by: "key:3f9a",
  reason: "it scored better",
  from: "1",
  to: "2",
  traffic: 1,
  alias: "champion",
  alias_from: null,
} as const;

describe("promotions", () => {
  it("are asked for with what was given, and told as the gateway recorded them", async () => {
    const { platform, gate } = await made();
    const promoted = gate.promote("risk", "2", { traffic: 0, alias: "champion", reason: "it scored better" });
    await passed(0);
    const { id: _promoted, ...asked } = platform.last("promote");
    expect(asked).toEqual({
      type: "promote",
      model: "risk",
      version: "2",
      traffic: 0,
      alias: "champion",
      reason: "it scored better",
    });
    await ack(platform, "promote", { model: "risk", ...record });
    expect(await promoted).toEqual(record);
    const back = gate.rollback("risk", { alias: "champion" });
    await passed(0);
    const { id: _back, ...taken } = platform.last("rollback");
    expect(taken).toEqual({ type: "rollback", model: "risk", alias: "champion" });
    await ack(platform, "rollback", { model: "risk", ...record, action: "rollback" });
    expect(await back).toEqual({ ...record, action: "rollback" });
  });

  it("and expiries are not asked of a gateway that does not know them", async () => {
    const { gate } = await made(["infer", "train", "upload"]);
    const publish = { model: "risk", expires_after_ms: 1_000 };
    const y = tensor([1, 2]);
    for (const [call, feature] of [
      [gate.promote("risk", "2"), "promote"],
      [gate.rollback("risk"), "promote"],
      [gate.train("ridge", { X: tensor([[1], [2]]), y }, { publish }), "model_expiry"],
      [gate.upload("risk", Uint8Array.of(1), { expiresAfterMs: 1_000 }), "model_expiry"],
    ] as const)
      expect(await outcome(call)).toMatchObject({
        code: "unimplemented",
        message: expect.stringContaining(feature),
      });
  });
});

describe("jobs and uploads", () => {
  it("lists, cancels, and tells the log and the curve", async () => {
    const { platform, gate } = await made();
    const listed = gate.jobs({ state: "failed", limit: 2 });
    await passed(0);
    expect(platform.last("jobs")).toMatchObject({ state: "failed", limit: 2 });
    await ack(platform, "jobs", { jobs: [state("failed")] });
    expect(await listed).toEqual([state("failed")]);
    const cancelled = gate.job("j1").cancel();
    await passed(0);
    await ack(platform, "cancel_job", { job: "j1", state: state("cancelled") });
    await cancelled;
    const told = gate.job("j1").log();
    await passed(0);
    expect(platform.last("jobs")).toMatchObject({ job: "j1", log: true });
    await ack(platform, "jobs", { job: "j1", state: state("done"), log: ["a", "b"], curve: [] });
    expect(await told).toEqual(["a", "b"]);
  });

  it("fetches the exported model part after part, and says how to have one kept", async () => {
    const { platform, gate } = await made();
    const model = Uint8Array.from({ length: 7 }, (_, i) => i + 1);
    const fetched = gate.job("j1").onnx();
    for (const [from, to] of [
      [0, 4],
      [4, 7],
    ] as const) {
      await passed(0);
      expect(platform.last("jobs")).toMatchObject({ job: "j1", onnx_from: from });
      const onnx = { from, total: 7, sha256: "", bytes: model.slice(from, to) };
      await ack(platform, "jobs", { job: "j1", state: state("done"), onnx });
    }
    expect(await fetched).toEqual(model);
    const refused = expect(gate.job("j1").onnx()).rejects.toMatchObject({
      code: "failed_precondition",
      message: expect.stringContaining("train with keepSeconds"),
    });
    await passed(0);
    await ack(platform, "jobs", { job: "j1", state: state("done") });
    await refused;
  });

  it("sends a large file in parts, and the model's name in the first of them alone", async () => {
    const { platform, gate } = await made();
    const onnx = new Uint8Array(9 * 1024 * 1024).map((_, i) => i % 251);
    const upload = gate.upload("risk", onnx, { aliases: ["live"] });
    for (let part = 0; part < 3; part++) {
      await passed(0);
      await ack(platform, "upload", part < 2 ? { upload: "u", part } : { model: "risk", version: "3" });
    }
    expect(await upload).toEqual({ model: "risk", version: "3" });
    const parts = platform.sent.filter((frame) => frame.type === "upload");
    expect(parts.map(({ part, last }) => [part, last])).toEqual([
      [0, false],
      [1, false],
      [2, true],
    ]);
    expect(parts.map(({ publish }) => publish)).toEqual([
      { model: "risk", aliases: ["live"] },
      undefined,
      undefined,
    ]);
    expect(Buffer.concat(parts.map((part) => part.onnx)).equals(onnx)).toBe(true);
    await expect(gate.upload("risk", new Uint8Array())).rejects.toThrow("onnx: the file is empty");
  });
});
