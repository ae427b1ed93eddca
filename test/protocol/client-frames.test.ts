/** Which client frames the gateway accepts, and the error for each wrong field. */
import { describe, expect, it } from "vitest";
import { closeCodes, HeadgateError, ProtocolError } from "../../protocol/errors.js";
import type { ClientFrame } from "../../protocol/frames.js";
import { limits } from "../../protocol/limits.js";
import { parseClientFrame, RequestError } from "../../protocol/parse-client-frame.js";
import { thrown } from "./check.js";

const X = { datatype: "FP32", shape: [1, 2], data: new Uint8Array(8) };
const two = { datatype: "FP64", shape: [2, 1], data: new Uint8Array(16) };
const one = { datatype: "FP64", shape: [1], data: new Uint8Array(8) };

const minimal = {
  infer: { type: "infer", id: 1, model: "m", inputs: { X } },
  cancel: { type: "cancel", id: 1 },
  describe: { type: "describe", id: 1 },
  open: { type: "open", id: 1, stream: "SPX", detector: "d" },
  observe: { type: "observe", id: 1, stream: "SPX", ts: 5, values: one },
  close: { type: "close", id: 1, stream: "SPX" },
  state: { type: "state", id: 1, stream: "SPX" },
  subscribe: { type: "subscribe", id: 1, topic: "regime.SPX" },
  unsubscribe: { type: "unsubscribe", id: 1, topic: "regime.SPX" },
  refresh: { type: "refresh", id: 1, token: "t" },
  watch: { type: "watch", id: 1, topic: "gateway.stats" },
  unwatch: { type: "unwatch", id: 1, topic: "gateway.stats" },
  put: { type: "put", id: 1, columns: { X: one } },
  append: { type: "append", id: 1, dataset: "prices", columns: { X: one } },
  drop: { type: "drop", id: 1, dataset: "prices" },
  datasets: { type: "datasets", id: 1 },
} as const satisfies Record<Exclude<ClientFrame["type"], "hello">, unknown>;

type Type = keyof typeof minimal;
const types = Object.keys(minimal) as Type[];
const long = (length: number) => "x".repeat(length);
const dictionary = (count: number, value: unknown) =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`n${i}`, value]));

function parse(value: unknown) {
  return parseClientFrame(value, "binary");
}

describe("what is no frame", () => {
  it.each([
    ["nil", null],
    ["a number", 5],
    ["an array", [minimal.cancel]],
    ["bytes", new Uint8Array(4)],
    ["no type", { id: 1 }],
    ["an unknown type", { type: "infect", id: 1 }],
    ["a gateway's type", { type: "welcome", id: 1 }],
    ["a type that is no string", { type: 5, id: 1 }],
    ["a type that every object inherits", { type: "constructor", id: 1 }],
    ["the type __proto__", { type: "__proto__", id: 1 }],
  ])("%s closes with 4400", (_, value) => {
    const error = thrown(() => parse(value));
    expect(error).toBeInstanceOf(ProtocolError);
    expect((error as ProtocolError).closeCode).toBe(closeCodes.malformed);
  });

  it.each(types)("%s without a valid id closes with 4400", (type) => {
    for (const id of [undefined, null, -1, 1.5, 2 ** 32, "1", 2n ** 60n, Number.NaN, [1]]) {
      if (type === "observe" && (id === undefined || id === null)) continue;
      expect(thrown(() => parse({ ...minimal[type], id }))).toMatchObject({
        name: "ProtocolError",
        message: expect.stringContaining(`${type}.id`),
      });
    }
  });

  it.each(types)("%s may have the smallest and the biggest id", (type) => {
    for (const id of [0, 0xffff_ffff]) expect(parse({ ...minimal[type], id })).toMatchObject({ id });
  });
});

describe("what is given back", () => {
  it.each(types)("%s with only what it must have", (type) => {
    expect(parse(minimal[type])).toEqual(minimal[type]);
  });

  it.each(types)("%s without the fields that it does not know", (type) => {
    expect(parse({ ...minimal[type], newer: 1, constructor: 2 })).toEqual(minimal[type]);
  });

  it("optional fields that are nil as absent", () => {
    const nil = {
      version: null,
      parameters: null,
      outputs: null,
      timeout_ms: null,
      priority: null,
      key: null,
    };
    expect(parse({ ...minimal.infer, ...nil, traceparent: null })).toEqual(minimal.infer);
    expect(parse({ ...minimal.open, parameters: null, replace: null })).toEqual(minimal.open);
    expect(parse({ ...minimal.subscribe, since: null, mode: null })).toEqual(minimal.subscribe);
    expect(parse({ ...minimal.describe, model: null })).toEqual(minimal.describe);
    expect(parse({ type: "hello", token: null, client: null, max_message_bytes: null })).toEqual({
      type: "hello",
    });
  });

  it("an observe without id, whether absent or nil", () => {
    const { id: _, ...silent } = minimal.observe;
    expect(parse(silent)).toEqual(silent);
    expect(parse({ ...silent, id: null })).toEqual(silent);
  });

  it("only the half of since that the topic needs", () => {
    const since = { epoch: "e", offset: 3, position: 9 };
    expect(parse({ ...minimal.subscribe, since })).toMatchObject({ since: { epoch: "e", offset: 3 } });
    expect(parse({ ...minimal.subscribe, topic: "regime.*", since })).toEqual({
      ...minimal.subscribe,
      topic: "regime.*",
      since: { epoch: "e", position: 9 },
    });
  });

  it("values of one observation as [d] and as [1, d], of several as [n, d]", () => {
    const row = { ...one, shape: [1, 1] };
    expect(parse({ ...minimal.observe, values: row })).toMatchObject({ values: row });
    expect(parse({ ...minimal.observe, ts: [5], values: row })).toMatchObject({ ts: [5], values: row });
    expect(parse({ ...minimal.observe, ts: [5, 6], values: two })).toMatchObject({ ts: [5, 6] });
  });

  it("the biggest of what has a limit", () => {
    const parameters = dictionary(limits.parameters_max, 1);
    const inputs = dictionary(limits.tensors_max, X);
    const outputs = Array.from({ length: limits.tensors_max }, () => long(limits.name_length_max));
    const infer = { ...minimal.infer, parameters, inputs, outputs, timeout_ms: limits.timeout_ms_max };
    expect(parse(infer)).toEqual(infer);
    const ts = Array.from({ length: limits.observations_max }, (_, i) => i);
    const values = { datatype: "FP32", shape: [ts.length, 1], data: new Uint8Array(ts.length * 4) };
    const observe = parse({ ...minimal.observe, ts, values });
    expect(observe.type === "observe" && observe.ts).toHaveLength(limits.observations_max);
    const token = long(limits.token_length_max);
    expect(parse({ type: "hello", token })).toEqual({ type: "hello", token });
  });
});

const wrong: readonly [Type, string, Record<string, unknown>, ...unknown[]][] = [
  ["infer", "model", { model: undefined }],
  ["infer", "model", { model: "" }],
  ["infer", "model", { model: 5 }],
  ["infer", "model", { model: long(limits.name_length_max + 1) }],
  ["infer", "version", { version: 1 }],
  ["infer", "version", { version: "" }],
  ["infer", "inputs", { inputs: undefined }],
  ["infer", "inputs", { inputs: [X] }],
  ["infer", "inputs", { inputs: dictionary(limits.tensors_max + 1, X) }],
  ["infer", "inputs", { inputs: { "": X } }],
  ["infer", "inputs", { inputs: { [long(limits.name_length_max + 1)]: X } }],
  ["infer", "inputs.X", { inputs: { X: 5 } }],
  ["infer", "inputs.X.datatype", { inputs: { X: { ...X, datatype: "FP8" } } }],
  ["infer", "inputs.X.shape", { inputs: { X: { ...X, shape: [1, -2] } } }],
  ["infer", "inputs.X.data", { inputs: { X: { ...X, data: new Uint8Array(7) } } }],
  ["infer", "parameters", { parameters: [] }],
  ["infer", "parameters", { parameters: dictionary(limits.parameters_max + 1, 1) }],
  ["infer", "parameters", { parameters: { "": 1 } }],
  ["infer", "parameters", { parameters: { [long(limits.name_length_max + 1)]: 1 } }],
  ["infer", "parameters.deep", { parameters: { deep: {} } }],
  ["infer", "parameters.deep", { parameters: { deep: [1] } }],
  ["infer", "parameters.big", { parameters: { big: 2n ** 60n } }],
  ["infer", "parameters.bytes", { parameters: { bytes: new Uint8Array(1) } }],
  ["infer", "outputs", { outputs: "Y" }],
  ["infer", "outputs", { outputs: [5] }],
  ["infer", "outputs", { outputs: [""] }],
  ["infer", "outputs", { outputs: [long(limits.name_length_max + 1)] }],
  ["infer", "outputs", { outputs: Array(limits.tensors_max + 1).fill("Y") }],
  ["infer", "timeout_ms", { timeout_ms: -1 }],
  ["infer", "timeout_ms", { timeout_ms: "50" }],
  ["infer", "timeout_ms", { timeout_ms: Number.NaN }],
  ["infer", "timeout_ms", { timeout_ms: Infinity }],
  ["infer", "timeout_ms", { timeout_ms: limits.timeout_ms_max + 1 }],
  ["infer", "priority", { priority: -1 }],
  ["infer", "priority", { priority: 1.5 }],
  ["infer", "priority", { priority: 2 ** 32 }],
  ["infer", "key", { key: "" }],
  ["infer", "key", { key: long(limits.name_length_max + 1) }],
  ["infer", "traceparent", { traceparent: 5 }],
  ["describe", "model", { model: 5 }],
  ["describe", "model", { model: "" }],
  ["open", "stream", { stream: undefined }],
  ["open", "stream", { stream: "" }],
  ["open", "stream", { stream: "S P" }],
  ["open", "stream", { stream: "SPX\n" }],
  ["open", "stream", { stream: "*" }],
  ["open", "stream", { stream: long(limits.stream_name_length_max + 1) }],
  ["open", "detector", { detector: undefined }],
  ["open", "detector", { detector: "" }],
  ["open", "parameters", { parameters: 5 }],
  ["open", "parameters.p", { parameters: { p: {} } }],
  ["open", "replace", { replace: 1 }],
  ["open", "replace", { replace: "true" }],
  ["observe", "stream", { stream: 5 }],
  ["observe", "ts", { ts: undefined }],
  ["observe", "ts", { ts: Number.NaN }],
  ["observe", "ts", { ts: "5" }],
  ["observe", "ts", { ts: 2n ** 60n }],
  ["observe", "ts", { ts: [] }],
  ["observe", "ts", { ts: Array(limits.observations_max + 1).fill(1) }],
  ["observe", "ts[1]", { ts: [5, Infinity], values: two }],
  ["observe", "ts[0]", { ts: [null, 5], values: two }],
  ["observe", "values", { values: undefined }],
  ["observe", "values.datatype", { values: { datatype: "INT64", shape: [1], data: new Uint8Array(8) } }],
  ["observe", "values.datatype", { values: { datatype: "BYTES", shape: [1], data: ["1"] } }],
  ["observe", "values.shape", { values: { ...one, shape: [] } }],
  ["observe", "values.shape", { values: { ...one, shape: [1, 1, 1] } }],
  ["observe", "values.shape", { values: { ...one, shape: [0], data: new Uint8Array(0) } }],
  ["observe", "values.shape", { values: { ...one, shape: [1, 0], data: new Uint8Array(0) } }],
  ["observe", "values.shape", { values: two }],
  ["observe", "values.shape", { ts: [5], values: two }],
  ["observe", "values.shape", { ts: [5], values: one }],
  ["observe", "values.shape", { ts: [5, 6, 7], values: two }],
  ["close", "stream", { stream: "" }],
  ["subscribe", "topic", { topic: undefined }],
  ["subscribe", "topic", { topic: "regime." }],
  ["subscribe", "topic", { topic: "regime.S*" }],
  ["subscribe", "topic", { topic: "price.SPX" }],
  ["subscribe", "topic", { topic: "*" }],
  ["subscribe", "topic", { topic: `regime.${long(limits.stream_name_length_max + 1)}` }],
  ["subscribe", "since", { since: 5 }],
  ["subscribe", "since.epoch", { since: { offset: 1 } }],
  ["subscribe", "since.epoch", { since: { epoch: 5, offset: 1 } }],
  ["subscribe", "since.offset", { since: { epoch: "e" } }],
  ["subscribe", "since.offset", { since: { epoch: "e", position: 1 } }],
  ["subscribe", "since.offset", { since: { epoch: "e", offset: -1 } }],
  ["subscribe", "since.offset", { since: { epoch: "e", offset: 1.5 } }],
  ["subscribe", "since.offset", { since: { epoch: "e", offset: 2 ** 53 } }],
  ["subscribe", "since.offset", { since: { epoch: "e", offset: 2n ** 53n } }],
  ["subscribe", "since.position", { topic: "regime.*", since: { epoch: "e", offset: 1 } }],
  ["subscribe", "mode", { mode: "some" }],
  ["subscribe", "mode", { mode: "constructor" }],
  ["unsubscribe", "topic", { topic: 5 }],
  ["refresh", "token", { token: undefined }],
  ["refresh", "token", { token: "" }],
  ["refresh", "token", { token: long(limits.token_length_max + 1) }],
  ["watch", "topic", { topic: undefined }],
  ["watch", "topic", { topic: "gateway.secrets" }],
  ["watch", "topic", { topic: "constructor" }],
  ["watch", "topic", { topic: "regime.SPX" }],
  ["watch", "interval_ms", { interval_ms: limits.watch_interval_ms_min - 1 }],
  ["watch", "interval_ms", { interval_ms: limits.watch_interval_ms_max + 1 }],
  ["watch", "interval_ms", { interval_ms: 500.5 }],
  ["watch", "interval_ms", { interval_ms: "1000" }],
  ["watch", "contains", { contains: "SPX" }],
  ["watch", "contains", { topic: "gateway.streams", contains: "" }],
  ["watch", "contains", { topic: "gateway.streams", contains: long(limits.stream_name_length_max + 1) }],
  ["watch", "contains", { topic: "gateway.streams", contains: 5 }],
  ["unwatch", "topic", { topic: "gateway" }],
  ["unwatch", "topic", { topic: 5 }],
];

describe("a request with a wrong field", () => {
  it.each(wrong.map((row, i) => [i, ...row] as const))("%i: %s, %s", (_, type, field, change) => {
    const error = thrown(() => parse({ ...minimal[type], id: 77, ...change }));
    expect(error).toBeInstanceOf(RequestError);
    expect(error).toMatchObject({ code: "invalid_argument", processed: "no", retryable: false, id: 77 });
    const { message } = error as RequestError;
    expect(message.slice(0, message.indexOf(": "))).toBe(field);
    expect(message.length).toBeLessThan(400);
  });

  it("tells stream and first time of an observe without id", () => {
    const { id: _, ...silent } = minimal.observe;
    const values = { ...two, shape: [1, 2] };
    const error = thrown(() => parse({ ...silent, ts: [5, 6], values }));
    expect(error).toMatchObject({ id: undefined, stream: "SPX", ts: 5 });
    expect(thrown(() => parse({ ...silent, ts: Number.NaN }))).toMatchObject({ ts: undefined });
    expect(thrown(() => parse({ ...silent, stream: long(5_000) }))).toMatchObject({
      stream: long(limits.name_length_max),
    });
  });

  it("keeps the error that it was made of", () => {
    const error = thrown(() => parse({ ...minimal.infer, model: 5 })) as RequestError;
    expect(error.cause).toBeInstanceOf(HeadgateError);
  });
});

describe("a hello with a wrong field closes with 4400", () => {
  it.each([
    ["token", ""],
    ["token", 5],
    ["token", long(limits.token_length_max + 1)],
    ["client", ""],
    ["client", long(limits.name_length_max + 1)],
    ["max_message_bytes", 1_023],
    ["max_message_bytes", 1_024.5],
    ["max_message_bytes", "1048576"],
    ["max_message_bytes", 2n ** 60n],
  ])("%s", (field, value) => {
    expect(thrown(() => parse({ type: "hello", [field]: value }))).toMatchObject({
      name: "ProtocolError",
      closeCode: closeCodes.malformed,
      message: expect.stringContaining(`hello.${field}: `),
    });
  });
});

describe("names that every object inherits", () => {
  const names = ["constructor", "toString", "hasOwnProperty", "valueOf"];

  it.each(names)("%s is a tensor's and a parameter's name like any other", (name) => {
    const infer = { ...minimal.infer, inputs: { [name]: X }, parameters: { [name]: 1 } };
    expect(parse(infer)).toEqual(infer);
  });

  it.each(["inputs", "parameters"])("__proto__ is no name in %s: it could become a prototype", (field) => {
    const named = JSON.parse('{"__proto__":{"datatype":"FP32","shape":[],"data":[1]}}');
    const infer = { ...minimal.infer, inputs: {}, [field]: named };
    expect(thrown(() => parseClientFrame(infer, "json"))).toMatchObject({
      name: "RequestError",
      code: "invalid_argument",
      message: `${field}.__proto__: is no name: choose another`,
    });
    expect("datatype" in {}).toBe(false);
  });

  it("an own __proto__ does not lend a frame its fields", () => {
    const frame = JSON.parse('{"type":"infer","id":1,"__proto__":{"model":"m","inputs":{}}}');
    expect(thrown(() => parse(frame))).toMatchObject({ message: expect.stringMatching(/^model: missing/) });
  });
});
