// Walks the flows of PROTOCOL.md against the built gateway, with a client written from that page alone.
// Every frame that any client here receives is judged field by field; `afterEach` asks for the verdict.

import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type GatewayProcess, newDataFolder, startGateway } from "./gateway-process.js";
import {
  type Closed,
  encodeFrame,
  JSON_FORM,
  MSGPACK,
  type OpenOptions,
  opcodes,
  RawClient,
  Refused,
} from "./raw-client.js";
import { type Frame, isMap } from "./tables.js";

const FEATURES = 16;
const EXAMPLE_DAY = [
  0.001, 0.002, 0.003, -0.01, -4.6, -4.6, -4.6, -4.6, -4.7, -4.7, 0.5, 0.5, 0, 0, 4.6, 4.6,
];
const FIRST_TS = 1_700_000_000_000;
const MINUTE = 60_000;

let gateway: GatewayProcess;
let silent: RawClient;
let silentClosed: Promise<Closed>;
let listener: RawClient;
const clients: RawClient[] = [];

async function open(options: OpenOptions = {}): Promise<RawClient> {
  const client = await RawClient.open(gateway.port, options);
  clients.push(client);
  return client;
}

async function welcomed(fields: Frame = {}, options: OpenOptions = {}): Promise<RawClient> {
  const client = await open(options);
  await client.hello(fields);
  return client;
}

async function refusal(options: OpenOptions): Promise<Refused> {
  const outcome = await open(options).catch((error: unknown) => error);
  if (outcome instanceof Refused) return outcome;
  throw new Error(`not refused: ${String(outcome)}`);
}

const fp32 = (values: readonly number[]) => new Uint8Array(Float32Array.from(values).buffer);
const fp64 = (values: readonly number[]) => new Uint8Array(Float64Array.from(values).buffer);

function day(shift = 0): number[] {
  return EXAMPLE_DAY.map((value, i) => (i === 0 ? value + shift : value));
}

function infer(id: number, rows: readonly (readonly number[])[] = [day()], fields: Frame = {}) {
  const X = { datatype: "FP32", shape: [rows.length, FEATURES], data: fp32(rows.flat()) };
  return { type: "infer", id, model: "market-impact", inputs: { X }, ...fields };
}

/** A fit that takes a while: some hundred iterations over 2,000 rows. */
function longFit(id: number, fields: Frame = {}) {
  const data = fp64(Array.from({ length: 2_000 }, (_, i) => Math.sin(i * i) * ((i >> 6) % 2 ? 1 : 5)));
  return {
    type: "infer",
    id,
    model: "gaussian_hmm",
    inputs: { X: { datatype: "FP64", shape: [2_000, 1], data } },
    parameters: { n_components: 2, n_iter: 300, tol: 0 },
    ...fields,
  };
}

const describeImpact = (id: number) => ({ type: "describe", id, model: "market-impact" });
const openStream = (id: number, stream: string, fields: Frame = {}) => ({
  type: "open",
  id,
  stream,
  detector: "gaussian_hmm",
  ...fields,
});
const observe = (stream: string, ts: number | number[], values: number[]) => ({
  type: "observe",
  stream,
  ts,
  values: {
    datatype: "FP64",
    shape: Array.isArray(ts) ? [ts.length, values.length / ts.length] : [values.length],
    data: fp64(values),
  },
});

/** One made-up return a minute: blocks of [length, standard deviation], the same at each run. */
function market(...blocks: readonly (readonly [length: number, deviation: number])[]) {
  let state = 1;
  const uniform = () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return (state + 1) / (2 ** 31 + 2);
  };
  const values = blocks.flatMap(([length, deviation]) =>
    Array.from(
      { length },
      () => deviation * Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform()),
    ),
  );
  return { values, ts: values.map((_, i) => FIRST_TS + i * MINUTE) };
}

function map(value: unknown): Frame {
  if (isMap(value)) return value;
  throw new Error(`no map: ${JSON.stringify(value)}`);
}

function list(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  throw new Error(`no array: ${JSON.stringify(value)}`);
}

function floats(result: Frame, output = "impact_bps"): number[] {
  const data = map(map(result["outputs"])[output])["data"];
  if (!(data instanceof Uint8Array)) throw new Error("no bytes");
  return [...new Float32Array(Uint8Array.from(data).buffer)];
}

const ofType = (client: RawClient, type: string) => client.frames.filter((frame) => frame["type"] === type);
const isSnapshot = (topic: string) => (frame: Frame) =>
  frame["type"] === "snapshot" && frame["topic"] === topic;

beforeAll(async () => {
  gateway = await startGateway();
  silent = await RawClient.open(gateway.port);
  silentClosed = silent.closed;
  listener = await RawClient.open(gateway.port);
  await listener.hello();
});

afterAll(() => gateway?.dispose());

afterEach(async () => {
  const faults = clients.flatMap((client) => client.faults);
  for (const client of clients.splice(0)) client.drop();
  expect(faults).toEqual([]);
});

describe("transport and handshake", () => {
  it("takes the first subprotocol that it knows, and no extension", async () => {
    const offers = [MSGPACK, JSON_FORM, `foo, ${JSON_FORM}, ${MSGPACK}`];
    const taken = [];
    for (const offer of offers) {
      const { upgrade } = await open({
        protocols: [offer],
        headers: { "Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits" },
      });
      taken.push(upgrade.headers.get("sec-websocket-protocol"));
      expect(upgrade.headers.has("sec-websocket-extensions")).toBe(false);
    }
    expect(taken).toEqual([MSGPACK, JSON_FORM, JSON_FORM]);
  });

  it.each([[[]], [["headgate.v9.msgpack"]]])("closes with 4406 when %j is offered", async (protocols) => {
    const client = await open({ protocols });
    expect(client.upgrade.headers.has("sec-websocket-protocol")).toBe(false);
    expect((await client.closed).code).toBe(4406);
    expect(client.frames).toEqual([]);
  });

  it.each([
    [404, { path: "/v2" }],
    [404, { path: "/v1/" }],
    [426, { headers: { Upgrade: null, Connection: "close" } }],
    [403, { headers: { Origin: "http://elsewhere.example" } }],
    [400, { headers: { "Sec-WebSocket-Key": null } }],
  ])("refuses with HTTP %i", async (status, options) => {
    expect((await refusal(options)).answer.status).toBe(status);
  });

  it("accepts any token, and a query, when no keys are configured", async () => {
    const client = await open({ path: "/v1?x=1", headers: { Authorization: "Bearer made-up" } });
    await client.hello({ token: "made-up-too" });
    expect(await client.ask({ type: "refresh", id: 1, token: "another" })).toEqual({ type: "ack", id: 1 });
  });

  it("welcomes first, and closes with 1000 when the client does", async () => {
    const client = await open();
    const welcome = await client.hello();
    expect(client.frames).toEqual([welcome]);
    expect(list(welcome["features"])).toEqual(
      expect.arrayContaining(["infer", "describe", "regimes", "json"]),
    );
    expect(map(welcome["limits"])).toMatchObject({
      message_bytes: 33_554_432,
      message_frames: 4_096,
      text_bytes: 8_388_608,
      text_values: 163_840,
      nesting: 8,
      tensors: 64,
      requests_in_flight: welcome["credits"],
    });
    expect((await client.end()).code).toBe(1000);
  });
});

describe("flow 1: hello and infer", () => {
  it("carries out a request that came with the hello", async () => {
    const client = await open();
    client.send({ type: "hello", client: "raw-client/1" }, infer(1, [day()], { timeout_ms: 5_000 }));
    const result = await client.terminal(1);
    expect(client.frames.map((frame) => frame["type"])).toEqual(["welcome", "result"]);
    expect(result).toMatchObject({ id: 1, model: "market-impact", precision: "FP32" });
    expect(floats(result).every((impact) => impact > 0)).toBe(true);
    expect(result["cached"]).toBeUndefined();
  });

  it("reads a message in fragments, and numbers in any format", async () => {
    const client = await welcomed();
    client.sendFragmented(infer(0));
    expect((await client.terminal(0))["type"]).toBe("result");
    expect(client.pongs.map(String)).toEqual(["between"]);
  });
});

describe("flow 2: many in flight", () => {
  it("answers concatenated frames, each once and each with its own answer", async () => {
    const client = await welcomed();
    const shifts = Array.from({ length: 100 }, (_, i) => i / 1_000);
    client.send(...shifts.map((shift, i) => infer(i + 10, [day(shift)], { priority: 1 + (i % 3) })));
    const results = await Promise.all(shifts.map((_, i) => client.terminal(i + 10)));
    const alone = await client.ask(infer(1, shifts.map(day)));
    expect(results.flatMap((result) => floats(result))).toEqual(floats(alone));
    expect(ofType(client, "result")).toHaveLength(101);
    expect(Math.max(...client.messages.map(({ frames }) => frames.length))).toBeGreaterThan(1);
  });

  it("answers a repeated key from the first answer, and refuses it for another request", async () => {
    const client = await welcomed();
    client.send(infer(1, [day()], { key: "once" }), infer(2, [day()], { key: "once" }));
    const [first, repeat] = await Promise.all([client.terminal(1), client.terminal(2)]);
    expect(first["cached"] ?? false).toBe(false);
    expect(repeat).toEqual({ ...first, id: 2, cached: true });
    const other = await client.ask(infer(3, [day(0.5)], { key: "once" }));
    expect(other).toMatchObject({ code: "failed_precondition", processed: "no", retryable: false });
  });

  it("refuses what is beyond the credits, at once, and lets the others live", async () => {
    const client = await welcomed();
    client.send(...Array.from({ length: 258 }, (_, i) => longFit(i)));
    const refused = await Promise.all([client.terminal(256), client.terminal(257)]);
    for (const error of refused)
      expect(error).toMatchObject({ code: "resource_exhausted", retryable: true, processed: "no" });
    client.send(...Array.from({ length: 256 }, (_, id) => ({ type: "cancel", id })));
    await Promise.all(Array.from({ length: 256 }, (_, id) => client.terminal(id)));
    expect((await client.ask(infer(1)))["type"]).toBe("result");
  });
});

describe("a key", () => {
  const pair = () => [longFit(1, { key: "pair" }), longFit(2, { key: "pair" })] as const;

  it.each([
    [1, 2],
    [2, 1],
  ])("lets %i be cancelled, and %i get the answer", async (cancelled, answered) => {
    const client = await welcomed();
    client.send(...pair().map((fit) => ({ ...fit, key: `apart-${cancelled}` })), {
      type: "cancel",
      id: cancelled,
    });
    expect(await client.terminal(cancelled)).toMatchObject({ code: "cancelled", processed: "maybe" });
    expect((await client.terminal(answered))["type"]).toBe("result");
  });

  it("stops the work when all were cancelled, and keeps no error", async () => {
    const client = await welcomed();
    client.send(...pair(), { type: "cancel", id: 1 }, { type: "cancel", id: 2 });
    const errors = await Promise.all([client.terminal(1), client.terminal(2)]);
    expect(errors.map((error) => error["code"])).toEqual(["cancelled", "cancelled"]);
    const again = await client.ask(longFit(3, { key: "pair", timeout_ms: 20_000, priority: 1 }));
    expect(again["type"]).toBe("result");
    expect(again["cached"] ?? false).toBe(false);
  });
});

describe("flow 3: an error, and the connection lives on", () => {
  const X = infer(0).inputs.X;
  const wrong: [string, string, Frame][] = [
    ["model", "not_found", { model: "spred" }],
    ["version", "not_found", { version: "999" }],
    ["inputs", "invalid_argument", { inputs: null }],
    ["inputs.X", "invalid_argument", { inputs: {} }],
    ["inputs.Z", "invalid_argument", { inputs: { X, Z: X } }],
    ["inputs.X.shape", "invalid_argument", { inputs: { X: { ...X, shape: [2, 8] } } }],
    ["inputs.X.data", "invalid_argument", { inputs: { X: { ...X, data: X.data.subarray(4) } } }],
    ["inputs.X.datatype", "invalid_argument", { inputs: { X: { ...X, datatype: "FLOAT" } } }],
    ["parameters.tick", "invalid_argument", { parameters: { tick: [] } }],
    [
      "inputs.X.datatype",
      "invalid_argument",
      { inputs: { X: { ...X, datatype: "FP64", data: fp64(day()) } } },
    ],
    ["inputs.X.shape", "invalid_argument", { inputs: { X: { ...X, shape: [0, FEATURES], data: fp32([]) } } }],
    [
      "inputs",
      "invalid_argument",
      {
        inputs: infer(
          0,
          Array.from({ length: 257 }, () => day()),
        ).inputs,
      },
    ],
    ["inputs.X", "invalid_argument", { inputs: infer(0, [day(Number.NaN)]).inputs }],
    ["outputs", "invalid_argument", { outputs: ["nothing"] }],
    ["outputs", "invalid_argument", { outputs: [] }],
    ["timeout_ms", "invalid_argument", { timeout_ms: 3_600_001 }],
    ["timeout_ms", "invalid_argument", { timeout_ms: Number.NaN }],
    ["priority", "invalid_argument", { priority: 9 }],
    ["key", "invalid_argument", { key: "x".repeat(129) }],
  ];

  it.each(wrong)("names %s (%s)", async (path, code, fields) => {
    const client = await welcomed();
    const error = await client.ask(infer(1, [day()], fields));
    expect(error).toMatchObject({ type: "error", id: 1, code, retryable: false, processed: "no" });
    expect(String(error["message"]).startsWith(`${path}:`)).toBe(true);
    expect((await client.ask(infer(1)))["type"]).toBe("result");
  });

  it("says so when the time runs out", async () => {
    const client = await welcomed();
    const error = await client.ask(longFit(1, { timeout_ms: 0.001 }));
    expect(error).toMatchObject({ code: "deadline_exceeded", retryable: false });
  });

  it("takes nil for an absent field, ignores unknown fields, and lets the last of a repeated key count", async () => {
    const client = await welcomed();
    const nils = {
      version: null,
      parameters: null,
      outputs: null,
      timeout_ms: null,
      priority: null,
      key: null,
    };
    expect((await client.ask(infer(1, [day()], { ...nils, unheard_of: { a: [1] } })))["type"]).toBe("result");
    client.keepsBooks = false;
    const twice = Buffer.concat([
      Buffer.from([0x84]),
      encodeFrame(describeImpact(2)).subarray(1),
      encodeFrame({ model: "pca" }).subarray(1),
    ]);
    client.sendRaw(opcodes.binary, twice);
    const before = client.faults.length;
    const ack = await client.terminal(2);
    expect(list(ack["models"]).map((model) => map(model)["name"])).toEqual(["pca"]);
    client.faults.splice(before); // the ack could not be matched with a request that was written by hand
  });

  it("replaces an answer that is bigger than the client takes", async () => {
    const client = await welcomed({ max_message_bytes: 1_024 });
    const error = await client.ask({ type: "describe", id: 1 });
    expect(error).toMatchObject({ code: "resource_exhausted", retryable: false, processed: "maybe" });
  });
});

describe("flow 4: cancel", () => {
  it("ends its target once, and ignores an id that is not in flight", async () => {
    const client = await welcomed();
    client.send({ type: "cancel", id: 3 }, ...[1, 2, 3, 4, 5, 6].map((id) => longFit(id)), {
      type: "cancel",
      id: 6,
    });
    expect(await client.terminal(6)).toMatchObject({ code: "cancelled", retryable: false, processed: "no" });
    client.send(...[1, 2, 3, 4, 5, 6].map((id) => ({ type: "cancel", id })));
    await Promise.all([1, 2, 3, 4, 5].map((id) => client.terminal(id)));
    await client.ping("all is out");
    expect(client.frames).toHaveLength(7);
  });
});

describe("flow 5: open, subscribe, observe, event", () => {
  it("brings the events of a market that turns, each once and in order, and again with since", async () => {
    const client = await welcomed();
    const topic = "regime.SPX";
    const { ts, values } = market([320, 0.004], [60, 0.05], [60, 0.004]);
    client.send(
      openStream(8, "SPX"),
      { type: "subscribe", id: 9, topic },
      { ...observe("SPX", ts.slice(0, 20), values.slice(0, 20)), id: 10 },
    );
    expect(await client.terminal(8)).toEqual({
      type: "ack",
      id: 8,
      stream: "SPX",
      detector: "gaussian_hmm",
      created: true,
      last_ts: null,
      observations: 0,
    });
    expect(await client.terminal(9)).toEqual({ type: "ack", id: 9, topic });
    const start = await client.next("snapshot", isSnapshot(topic));
    expect(start).toMatchObject({
      topic,
      offset: 0,
      recovered: false,
      data: { regime: "unknown", probability: null, probabilities: {}, observations: 0, last_ts: null },
    });
    expect(await client.terminal(10)).toEqual({
      type: "ack",
      id: 10,
      stream: "SPX",
      accepted: 20,
      duplicates: 0,
      duplicate: false,
      last_ts: ts[19],
    });

    // Without an id: silence, until something changes.
    for (let i = 20; i < 370; i += 1) client.send(observe("SPX", ts[i] ?? 0, values.slice(i, i + 1)));
    const whole = { ...observe("SPX", ts.slice(360), values.slice(360)), id: 11 };
    expect(await client.ask(whole)).toMatchObject({
      accepted: 70,
      duplicates: 10,
      duplicate: false,
      last_ts: ts.at(-1),
    });
    expect(await client.ask(whole)).toMatchObject({ accepted: 0, duplicates: 80, duplicate: true });

    await client.ping("events");
    const events = ofType(client, "event");
    const changes = events.map((event) => map(event["data"]));
    expect(events.map((event) => event["offset"])).toEqual(events.map((_, i) => i + 1));
    expect(new Set(events.map((event) => event["event_id"])).size).toBe(events.length);
    expect(changes[0]?.["from"]).toBe("unknown");
    expect(changes.map((change) => change["to"]).slice(0, -1)).toEqual(
      changes.map((change) => change["from"]).slice(1),
    );
    const storm = changes.find(
      (change) => change["to"] === "turbulent" && Number(change["observed_ts"]) >= (ts[320] ?? 0),
    );
    expect(storm).toMatchObject({ stream: "SPX", detector: "gaussian_hmm" });
    expect(ofType(client, "error")).toEqual([]);

    // Flow 6: a new connection, once from each event on.
    for (let seen = 0; seen <= events.length; seen += 1) {
      const again = await welcomed();
      again.send({ type: "subscribe", id: 1, topic, since: { epoch: start["epoch"], offset: seen } });
      const snapshot = await again.next("snapshot", isSnapshot(topic));
      expect(again.frames.slice(1)).toEqual([{ type: "ack", id: 1, topic }, ...events.slice(seen), snapshot]);
      expect(snapshot).toMatchObject({ epoch: start["epoch"], offset: events.length, recovered: true });
      expect(map(snapshot["data"])).toMatchObject({
        stream: "SPX",
        regime: changes.at(-1)?.["to"],
        observations: values.length,
        last_ts: ts.at(-1),
      });
    }

    const pattern = await welcomed();
    const position = events[0]?.["position"];
    pattern.send({ type: "subscribe", id: 1, topic: "regime.*", since: { epoch: start["epoch"], position } });
    expect((await pattern.next("snapshot", isSnapshot(topic)))["recovered"]).toBe(true);
    expect(ofType(pattern, "event").filter((event) => event["topic"] === topic)).toEqual(events.slice(1));
  });

  it("tells which observation failed, where there was no id", async () => {
    const client = await welcomed();
    await client.ask(openStream(1, "quiet"));
    client.send(
      observe("quiet", FIRST_TS, [0.5]),
      observe("quiet", FIRST_TS, [0.25]),
      observe("nowhere", [FIRST_TS, FIRST_TS + 1], [1, 2]),
    );
    const failure = (stream: string) => (frame: Frame) =>
      frame["type"] === "error" && frame["stream"] === stream;
    expect(await client.next("error", failure("quiet"))).toMatchObject({
      ts: FIRST_TS,
      code: "failed_precondition",
      processed: "no",
    });
    const unopened = await client.next("error", failure("nowhere"));
    expect(unopened).toMatchObject({ ts: FIRST_TS, code: "not_found", processed: "no" });
    expect(unopened["id"]).toBeUndefined();
  });

  it("names the stream of what failed if it could be read, and the time if it was one", async () => {
    const client = await welcomed();
    const failure = () => client.next("error", (frame) => frame["type"] === "error");
    const values = { datatype: "FP64", shape: [1], data: fp64([1]) };
    client.send({ type: "observe", ts: FIRST_TS, values });
    expect(await failure()).toMatchObject({ ts: FIRST_TS, code: "invalid_argument" });
    client.send(observe("late", 8.65e15, [1]));
    const late = await failure();
    expect(late).toMatchObject({ stream: "late", code: "invalid_argument" });
    expect(late["ts"]).toBeUndefined();
    expect(await client.ask(openStream(1, "late", { detector: "nobody" }))).toMatchObject({ stream: "late" });
    expect(await client.ask({ type: "close", id: 2, stream: "late" })).toMatchObject({ stream: "late" });
  });

  it("shows a batch that is being taken whole or not at all", async () => {
    const client = await welcomed();
    const { ts, values } = market([60, 0.004]);
    await client.ask(openStream(1, "half", { parameters: { warmup: 30 } }));
    client.send(
      { ...observe("half", ts, values), id: 2 },
      { type: "subscribe", id: 3, topic: "regime.half" },
    );
    const snapshot = await client.next("snapshot", isSnapshot("regime.half"));
    const { offset } = snapshot;
    const { observations } = map(snapshot["data"]);
    if (offset === 0) expect([0, 60]).toContain(observations);
    await client.terminal(2);
  });

  it("takes a batch whole or not at all", async () => {
    const client = await welcomed();
    await client.ask(openStream(1, "batch"));
    const send = (ts: number[], values: number[]) => client.ask({ ...observe("batch", ts, values), id: 2 });
    expect(await send([10, 20], [1, 2])).toMatchObject({ accepted: 2, last_ts: 20 });
    expect(await send([30, 25], [3, 4])).toMatchObject({ code: "failed_precondition" });
    expect(await send([20, 30], [9, 3])).toMatchObject({ code: "failed_precondition" });
    expect(await send([30, 40], [3, Number.NaN])).toMatchObject({ code: "invalid_argument" });
    expect(await client.ask({ ...observe("batch", 30, [3, 4]), id: 2 })).toMatchObject({
      code: "invalid_argument",
    });
    expect(await send([10, 20, 30], [1, 2, 3])).toMatchObject({ accepted: 1, duplicates: 2, last_ts: 30 });
    expect(await send([10, 30, 40], [1, 3, 4])).toMatchObject({ accepted: 1, duplicates: 2, last_ts: 40 });
    expect(await send([50], [5])).toMatchObject({ accepted: 1 });
    const flat = { datatype: "FP64", shape: [1], data: fp64([6]) };
    expect(
      await client.ask({ type: "observe", id: 3, stream: "batch", ts: [60], values: flat }),
    ).toMatchObject({
      code: "invalid_argument",
    });
  });

  it("opens a stream once, and afresh only with replace", async () => {
    const client = await welcomed();
    const ask = (fields: Frame) => client.ask(openStream(1, "bound", fields));
    expect(await ask({})).toMatchObject({ created: true });
    await client.ask({ ...observe("bound", FIRST_TS + 0.25, [1]), id: 2 });
    expect(await ask({})).toMatchObject({ created: false, observations: 1, last_ts: FIRST_TS + 0.25 });
    const three = { parameters: { n_components: 3 } };
    expect(await ask(three)).toMatchObject({ code: "failed_precondition" });
    expect(await ask({ ...three, replace: true })).toMatchObject({
      created: true,
      observations: 0,
      last_ts: null,
    });
    expect(await client.ask(openStream(1, "other", { detector: "nobody" }))).toMatchObject({
      code: "not_found",
    });
    expect(await client.ask(openStream(1, "a b"))).toMatchObject({ code: "invalid_argument" });
  });
});

describe("flow 6: resume with since", () => {
  it.each(["all", "latest"])(
    "starts at the snapshot when since is beyond the log, in mode %s",
    async (mode) => {
      const client = await welcomed();
      const topic = "regime.beyond";
      const since = { epoch: client.frames[0]?.["epoch"], offset: 1_000_000 };
      client.send({ type: "subscribe", id: 1, topic, since, mode });
      expect(await client.next("snapshot", isSnapshot(topic))).toMatchObject({ offset: 0, recovered: false });
      expect(ofType(client, "event")).toEqual([]);
    },
  );

  it("tells of a close last; the next stream begins with unknown, and its offsets go on", async () => {
    const client = await welcomed();
    const topic = "regime.reborn";
    const { ts, values } = market([60, 0.004], [60, 0.05]);
    const events = async () => {
      await client.ask(openStream(1, "reborn", { parameters: { warmup: 30 } }));
      await client.ask({ ...observe("reborn", ts, values), id: 2 });
      await client.ask({ type: "close", id: 3, stream: "reborn" });
      return ofType(client, "event");
    };
    await client.ask({ type: "subscribe", id: 4, topic });
    expect((await client.next("snapshot", isSnapshot(topic)))["data"]).toBe(null);
    const first = (await events()).length;
    const all = await events();
    expect(first).toBeGreaterThan(1);
    expect(map(all[first - 1]?.["data"])).toEqual({
      kind: "stream_closed",
      stream: "reborn",
      reason: "closed",
      observations: 120,
      last_ts: ts.at(-1),
    });
    expect(all).toHaveLength(2 * first);
    expect(all.map((event) => event["offset"])).toEqual(all.map((_, i) => i + 1));
    expect(map(all[first]?.["data"])["from"]).toBe("unknown");
    expect(ofType(client, "snapshot")).toHaveLength(1);
  });

  it("starts at the snapshot when the epoch is another, or there is no since", async () => {
    const client = await welcomed();
    const topic = "regime.not-yet";
    const subscribe = { type: "subscribe", id: 1, topic };
    expect(await client.ask({ ...subscribe, since: { epoch: "long gone", offset: 7 } })).toMatchObject({
      topic,
    });
    expect(await client.next("snapshot", isSnapshot(topic))).toMatchObject({
      offset: 0,
      recovered: false,
      data: null,
    });
    expect(await client.ask({ ...subscribe, id: 2 })).toMatchObject({ code: "failed_precondition" });
    expect(await client.ask({ type: "unsubscribe", id: 3, topic })).toEqual({ type: "ack", id: 3, topic });
    expect(await client.ask({ type: "unsubscribe", id: 4, topic })).toMatchObject({ code: "not_found" });
    expect(await client.ask({ ...subscribe, id: 5, topic: "regime" })).toMatchObject({
      code: "invalid_argument",
    });
    expect(await client.ask({ ...subscribe, id: 6, since: { epoch: "e" } })).toMatchObject({
      code: "invalid_argument",
    });
  });

  it("sends nothing more after an unsubscribe, and forgets a stream that is closed", async () => {
    const client = await welcomed();
    const { ts, values } = market([40, 0.004], [40, 0.05]);
    client.send(
      openStream(1, "short", { parameters: { warmup: 30 } }),
      { type: "subscribe", id: 2, topic: "regime.short" },
      { type: "unsubscribe", id: 3, topic: "regime.short" },
      { ...observe("short", ts, values), id: 4 },
    );
    expect(await client.terminal(4)).toMatchObject({ accepted: 80 });
    await client.ping("nothing");
    expect(ofType(client, "event")).toEqual([]);
    expect(await client.ask({ type: "close", id: 5, stream: "short" })).toEqual({
      type: "ack",
      id: 5,
      stream: "short",
    });
    expect(await client.ask({ type: "close", id: 6, stream: "short" })).toMatchObject({ code: "not_found" });
    expect(await client.ask({ ...observe("short", 1, [1]), id: 7 })).toMatchObject({ code: "not_found" });
  });
});

describe("flow 8: describe, and the other requests", () => {
  it("describes everything, one of them, or nothing of that name", async () => {
    const client = await welcomed();
    const all = await client.ask({ type: "describe", id: 1 });
    const names = list(all["models"]).map((model) => map(model)["name"]);
    expect(names).toEqual(expect.arrayContaining(["market-impact", "pca", "gaussian_hmm"]));
    expect(list(all["detectors"]).map((detector) => map(detector)["name"])).toContain("gaussian_hmm");
    const one = await client.ask(describeImpact(2));
    expect(one).toMatchObject({
      models: [{ name: "market-impact", kind: "model", state: "ready" }],
      detectors: [],
    });
    expect(await client.ask({ type: "describe", id: 3, model: "none" })).toMatchObject({ code: "not_found" });
    const both = await client.ask({ type: "describe", id: 4, model: "gaussian_hmm" });
    expect(both).toMatchObject({ models: [{ kind: "fit" }], detectors: [{ name: "gaussian_hmm" }] });
  });

  it("answers a ping", async () => {
    const client = await welcomed();
    expect(String(await client.ping("are you there"))).toBe("are you there");
  });
});

describe("a message is judged before it is acted upon", () => {
  const good = encodeFrame(describeImpact(1));
  const more = (hex: string) =>
    Buffer.concat([Buffer.from([0x84]), good.subarray(1), Buffer.from(hex, "hex")]);
  const nested = (depth: number): unknown => (depth === 0 ? 1 : [nested(depth - 1)]);
  const bad: [string, Uint8Array][] = [
    ["no map", Buffer.from("93010203", "hex")],
    ["empty", Buffer.alloc(0)],
    ["cut short", good.subarray(0, -1)],
    ["announcing more than follows", Buffer.from("dfffffffff", "hex")],
    ["an extension", more("a178d6ff00000000")],
    ["the byte 0xc1", more("a178c1")],
    ["a key that is no string", more("0101")],
    ["nested deeper than 8", encodeFrame({ ...describeImpact(1), x: nested(8) })],
    ["of no type", encodeFrame({ id: 1 })],
    ["of a gateway's type", encodeFrame({ type: "ack", id: 1 })],
    ["without an id", encodeFrame({ type: "describe" })],
    ["with an id beyond 32 bits", encodeFrame({ type: "describe", id: 2 ** 32 })],
    ["a cancel without an id", encodeFrame({ type: "cancel" })],
    ["a second hello that is wrong", encodeFrame({ type: "hello", client: 5 })],
    [
      "more than 4,096 frames",
      Buffer.concat(Array<Uint8Array>(4_097).fill(encodeFrame({ type: "cancel", id: 1 }))),
    ],
    [
      "more than 1,048,576 values",
      encodeFrame({ ...describeImpact(1), x: Array<number>(1_048_576).fill(1) }),
    ],
  ];

  it.each(bad)("closes with 4400 on a frame that is %s", async (name, payload) => {
    const client = await welcomed();
    client.sendRaw(opcodes.binary, name === "empty" ? payload : Buffer.concat([good, payload]));
    expect((await client.closed).code).toBe(4400);
    expect(client.frames).toHaveLength(1);
  });

  it("closes with 4400, and without a welcome, when a bad frame comes with the hello", async () => {
    const client = await open();
    client.send({ type: "hello" }, { type: "describe" });
    expect((await client.closed).code).toBe(4400);
    expect(client.frames).toEqual([]);
  });

  it("takes what is just within the limits", async () => {
    const client = await welcomed();
    client.send(...Array.from({ length: 4_095 }, (_, id) => ({ type: "cancel", id })), describeImpact(1));
    expect((await client.terminal(1))["type"]).toBe("ack");
    client.send({ ...describeImpact(4_294_967_295), x: nested(7) });
    expect((await client.terminal(4_294_967_295))["type"]).toBe("ack");
  });

  it.each([
    ["no hello", describeImpact(1)],
    ["a hello with a wrong field", { type: "hello", max_message_bytes: 1_023 }],
  ])("closes with 4400 when the first frame is %s", async (_, frame) => {
    const client = await open();
    client.send(frame);
    expect((await client.closed).code).toBe(4400);
    expect(client.frames).toEqual([]);
  });

  it("closes with 4400 on a second hello, an id in flight, and the other opcode", async () => {
    const second = await welcomed();
    second.send({ type: "hello" });
    const repeat = await welcomed();
    repeat.send(longFit(1), longFit(1));
    const text = await welcomed();
    text.sendRaw(opcodes.text, Buffer.from("{}"));
    const closes = await Promise.all([second.closed, repeat.closed, text.closed]);
    expect(closes.map(({ code }) => code)).toEqual([4400, 4400, 4400]);
  });

  it("closes with 1009 on a message over 32 MiB", async () => {
    const client = await welcomed();
    client.sendRaw(opcodes.binary, Buffer.alloc(33_554_433));
    expect((await client.closed).code).toBe(1009);
  });

  it.each([
    ["unmasked", { masked: false }],
    ["with a reserved bit", { rsv: 4 }],
  ])("ends a socket whose frames are %s", async (_, form) => {
    const client = await welcomed();
    client.sendRaw(opcodes.binary, good, form);
    expect((await client.closed).code).toBe(1002);
  });
});

describe("the JSON form", () => {
  it("carries the same frames", async () => {
    const client = await open({ protocols: [JSON_FORM] });
    const X = { datatype: "FP32", shape: [1, FEATURES], data: EXAMPLE_DAY };
    client.send({ type: "hello" }, { type: "infer", id: 1, model: "market-impact", inputs: { X } });
    const output = map(map((await client.terminal(1))["outputs"])["impact_bps"]);
    const binary = await welcomed();
    expect(output).toEqual({ datatype: "FP32", shape: [1, 1], data: floats(await binary.ask(infer(1))) });

    const fit = { type: "infer", id: 2, model: "standard_scaler", inputs: {} };
    const wide = { datatype: "FP64", shape: [2, 1], data: [1, "Infinity"] };
    expect(await client.ask({ ...fit, inputs: { X: wide } })).toMatchObject({ code: "invalid_argument" });
    const scaled = await client.ask({ ...fit, inputs: { X: { ...wide, data: [1, 3] } } });
    expect(map(scaled["outputs"])).toMatchObject({
      mean: { datatype: "FP64", shape: [1], data: [2] },
      n_samples_seen: { datatype: "INT64", shape: [], data: [2] },
    });

    client.sendRaw(opcodes.text, Buffer.from('\n \n{"type":"cancel","id":9}\n\n'));
    await client.ask({ type: "describe", id: 3 });
    client.sendRaw(opcodes.text, Buffer.from('{"type":"describe",\n"id":4}'));
    expect((await client.closed).code).toBe(4400);
  });

  it("has lines that end in \\r\\n, and refuses a number beyond float 64 in a field it knows", async () => {
    const client = await welcomed({}, { protocols: [JSON_FORM] });
    client.keepsBooks = false;
    const infer = '"type":"infer","model":"pca","inputs":{}';
    const lines = [`{${infer},"id":1,"timeout_ms":1e999}`, "", `{${infer},"id":2,"unheard_of":1e999}`, ""];
    client.sendRaw(opcodes.text, Buffer.from(lines.join("\r\n")));
    expect((await client.terminal(1))["message"]).toMatch(/^timeout_ms: /);
    expect((await client.terminal(2))["message"]).toMatch(/^inputs\.X: /);
  });

  it("closes with 4400 on bytes that are not UTF-8", async () => {
    const client = await welcomed({}, { protocols: [JSON_FORM] });
    client.sendRaw(opcodes.text, Buffer.from('{"type":"describe","id":1,"model":"\xff"}', "latin1"));
    expect((await client.closed).code).toBe(4400);
  });
});

describe("a gateway that was killed", () => {
  it("has what was acked, and the events, when it is started again", async () => {
    const data = await newDataFolder();
    const { ts, values } = market([320, 0.004], [60, 0.05]);
    const first = await startGateway(data);
    try {
      const before = await RawClient.open(first.port);
      clients.push(before);
      await before.hello();
      before.send(openStream(1, "kept"), { type: "subscribe", id: 2, topic: "regime.kept" });
      await before.ask({ ...observe("kept", ts, values), id: 3 });
      const event = await before.next("event", (frame) => frame["type"] === "event");
      await first.kill();
      const second = await startGateway(data);
      try {
        const after = await RawClient.open(second.port);
        clients.push(after);
        const welcome = await after.hello();
        const since = { epoch: event["epoch"], offset: Number(event["offset"]) - 1 };
        after.send({ type: "subscribe", id: 2, topic: "regime.kept", since });
        expect(await after.next("event", (frame) => frame["type"] === "event")).toEqual(event);
        const opened = await after.ask(openStream(1, "kept"));
        expect(welcome["epoch"]).toBe(event["epoch"]);
        expect(opened).toMatchObject({ created: false, observations: values.length, last_ts: ts.at(-1) });
      } finally {
        await second.kill();
      }
    } finally {
      await first.dispose();
    }
  });
});

describe("time", () => {
  it("pings a client that says nothing, and closes with 4408 where no hello came", async () => {
    expect((await silentClosed).code).toBe(4408);
    while (listener.pings.length === 0) await sleep(20);
    expect(ofType(listener, "welcome")[0]).toMatchObject({ ping_ms: 10_000, pong_ms: 8_000 });
    expect([...silent.faults, ...listener.faults]).toEqual([]);
  });
});

describe("flow 7: drain", () => {
  it("finishes what was accepted, refuses what is new, and goes", async () => {
    const client = await welcomed();
    client.send(...[1, 2, 3, 4].map((id) => longFit(id)));
    await client.ping("accepted");
    const ended = gateway.drain();
    const drain = await client.next("drain", (frame) => frame["type"] === "drain");
    expect(Number(drain["retry_min_ms"])).toBeLessThanOrEqual(Number(drain["retry_max_ms"]));
    client.send(infer(5));
    expect(await client.terminal(5)).toMatchObject({ code: "unavailable", retryable: true, processed: "no" });
    const { answer } = await refusal({});
    expect(answer.status).toBe(503);
    expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
    const finished = await Promise.all([1, 2, 3, 4].map((id) => client.terminal(id)));
    expect(finished.map((frame) => frame["type"])).toEqual(["result", "result", "result", "result"]);
    expect((await client.closed).code).toBe(1001);
    expect((await listener.closed).code).toBe(1001);
    expect(ofType(listener, "drain")).toHaveLength(1);
    expect(await ended).toBe(0);
  });
});
