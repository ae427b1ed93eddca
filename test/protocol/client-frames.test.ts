/** Which client frames the gateway accepts, and the error for each wrong field. */
import { describe, expect, it } from "vitest";
import { closeCodes, HeadgateError, ProtocolError } from "../../protocol/errors.js";
import type { ClientFrame } from "../../protocol/frames.js";
import { jsonCodec } from "../../protocol/json.js";
import { limits } from "../../protocol/limits.js";
import { parseClientFrame, RequestError } from "../../protocol/parse-client-frame.js";
import { thrown, utf8 } from "./check.js";

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
  train: { type: "train", id: 1, trainer: "ridge", inputs: { X } },
  jobs: { type: "jobs", id: 1 },
  cancel_job: { type: "cancel_job", id: 1, job: "j1" },
  upload: { type: "upload", id: 1, publish: { model: "m" }, onnx: new Uint8Array(3) },
  promote: { type: "promote", id: 1, model: "m", version: "2" },
  rollback: { type: "rollback", id: 1, model: "m" },
  schedule: {
    type: "schedule",
    id: 1,
    schedule: "s",
    model: "m",
    trainer: "ridge",
    inputs: { X: { ref: "x" }, y: { ref: "y" } },
    trigger: { every_ms: 1_000 },
    validation: { rows: 10 },
  },
  schedules: { type: "schedules", id: 1 },
  unschedule: { type: "unschedule", id: 1, schedule: "s" },
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
  ["train", "trainer", { trainer: undefined }],
  ["train", "trainer", { trainer: "" }],
  ["train", "trainer", { trainer: long(limits.name_length_max + 1) }],
  ["train", "version", { version: 1 }],
  ["train", "inputs", { inputs: undefined }],
  ["train", "inputs", { inputs: dictionary(limits.tensors_max + 1, X) }],
  ["train", "inputs.X", { inputs: { X: 5 } }],
  ["train", "inputs.X.ref", { inputs: { X: { ref: "a b" } } }],
  ["train", "parameters", { parameters: [] }],
  ["train", "parameters", { parameters: dictionary(limits.parameters_max + 1, 1) }],
  ["train", "parameters", { parameters: { "": 1 } }],
  ["train", "parameters", { parameters: { list: Array(limits.parameter_values_max).fill(1) } }],
  ["train", "parameters", { parameters: { map: dictionary(limits.parameter_values_max, 1) } }],
  ["train", "parameters", { parameters: { a: many(2_048), b: many(2_048) } }],
  ["train", "parameters.a[2]", { parameters: { a: [1, 2, 2n ** 60n] } }],
  ["train", "parameters.a[0]", { parameters: { a: [undefined] } }],
  ["train", "parameters.bytes", { parameters: { bytes: new Uint8Array(1) } }],
  ["train", "parameters.steps[1].parameters", stepsWith({ "": 1 })],
  ["train", "parameters.steps[1].parameters", stepsWith({ [long(limits.name_length_max + 1)]: 1 })],
  [
    "train",
    "parameters.steps[1].parameters.alpha",
    stepsWith({ alpha: long(limits.parameter_text_max + 1) }),
  ],
  ["train", "parameters.steps[1].parameters.alpha", stepsWith({ alpha: new Date(0) })],
  ["train", "parameters.steps[1].parameters.a.b.c[0]", stepsWith({ a: { b: { c: [[1]] } } })],
  ["train", "keep_seconds", { keep_seconds: 0 }],
  ["train", "keep_seconds", { keep_seconds: -1 }],
  ["train", "keep_seconds", { keep_seconds: Number.NaN }],
  ["train", "keep_seconds", { keep_seconds: limits.keep_seconds_max + 1 }],
  ["train", "keep_seconds", { keep_seconds: "60" }],
  ["train", "publish", { publish: "m" }],
  ["train", "publish.model", { publish: {} }],
  ["train", "publish.model", { publish: { model: "" } }],
  ["train", "publish.model", { publish: { model: "../etc" } }],
  ["train", "publish.model", { publish: { model: ".." } }],
  ["train", "publish.model", { publish: { model: ".hidden" } }],
  ["train", "publish.model", { publish: { model: "a/b" } }],
  ["train", "publish.model", { publish: { model: "a\n" } }],
  ["train", "publish.model", { publish: { model: long(limits.name_length_max + 1) } }],
  ["train", "publish.version", { publish: { model: "m", version: 1 } }],
  ["train", "publish.version", { publish: { model: "m", version: "0" } }],
  ["train", "publish.version", { publish: { model: "m", version: "01" } }],
  ["train", "publish.version", { publish: { model: "m", version: "v1" } }],
  ["train", "publish.version", { publish: { model: "m", version: "1".repeat(16) } }],
  ["train", "publish.traffic", { publish: { model: "m", traffic: 1.1 } }],
  ["train", "publish.traffic", { publish: { model: "m", traffic: -0.1 } }],
  ["train", "publish.traffic", { publish: { model: "m", traffic: Number.NaN } }],
  ["train", "publish.aliases", { publish: { model: "m", aliases: "champion" } }],
  ["train", "publish.aliases", { publish: { model: "m", aliases: [] } }],
  ["train", "publish.aliases", { publish: { model: "m", aliases: many(limits.aliases_max + 1) } }],
  ["train", "publish.aliases[1]", { publish: { model: "m", aliases: ["champion", "7"] } }],
  ["train", "publish.aliases[1]", { publish: { model: "m", aliases: ["champion", "champion"] } }],
  ["train", "publish.aliases[0]", { publish: { model: "m", aliases: [5] } }],
  ["train", "publish.expires_after_ms", { publish: { model: "m", expires_after_ms: 0 } }],
  ["train", "publish.expires_after_ms", { publish: { model: "m", expires_after_ms: "1d" } }],
  [
    "train",
    "publish.expires_after_ms",
    { publish: { model: "m", expires_after_ms: limits.expires_after_ms_max + 1 } },
  ],
  ["train", "background", { background: 1 }],
  ["train", "background", { background: "true" }],
  ["train", "label", { label: "" }],
  ["train", "label", { label: long(limits.job_label_length_max + 1) }],
  ["train", "key", { key: "" }],
  ["train", "timeout_ms", { timeout_ms: limits.timeout_ms_max + 1 }],
  ["train", "priority", { priority: 1.5 }],
  ["train", "traceparent", { traceparent: 5 }],
  ["jobs", "job", { job: "" }],
  ["jobs", "job", { job: "a.b" }],
  ["jobs", "job", { job: "a/b" }],
  ["jobs", "job", { job: 5 }],
  ["jobs", "job", { job: long(65) }],
  ["jobs", "log", { log: true }],
  ["jobs", "log", { job: "j1", log: 1 }],
  ["jobs", "outputs", { outputs: true }],
  ["jobs", "outputs", { job: "j1", outputs: "yes" }],
  ["jobs", "onnx_from", { onnx_from: 0 }],
  ["jobs", "onnx_from", { job: "j1", onnx_from: -1 }],
  ["jobs", "onnx_from", { job: "j1", onnx_from: 0.5 }],
  ["jobs", "state", { state: "stopped" }],
  ["jobs", "state", { state: "constructor" }],
  ["jobs", "state", { job: "j1", state: "done" }],
  ["jobs", "before", { before: "a b" }],
  ["jobs", "before", { job: "j1", before: "j2" }],
  ["jobs", "limit", { limit: 0 }],
  ["jobs", "limit", { limit: limits.jobs_listed_max + 1 }],
  ["jobs", "limit", { job: "j1", limit: 5 }],
  ["cancel_job", "job", { job: undefined }],
  ["cancel_job", "job", { job: "*" }],
  ["promote", "model", { model: "../m" }],
  ["promote", "version", { version: 2 }],
  ["promote", "alias", { alias: "1" }],
  ["promote", "traffic", { traffic: 1.5 }],
  ["promote", "reason", { reason: "" }],
  ["promote", "reason", { reason: "x".repeat(513) }],
  ["rollback", "model", { model: ".m" }],
  ["rollback", "alias", { alias: "" }],
  ["schedule", "schedule", { schedule: undefined }],
  ["schedule", "schedule", { schedule: "a/b" }],
  ["schedule", "schedule", { schedule: ".a" }],
  ["schedule", "schedule", { schedule: long(65) }],
  ["schedule", "model", { model: "../m" }],
  ["schedule", "trainer", { trainer: 5 }],
  ["schedule", "inputs.X", { inputs: { X } }],
  ["schedule", "inputs.X", { inputs: { X: { stream: "s" } } }],
  ["schedule", "inputs.X.version", { inputs: { X: { ref: "x", version: "1" } } }],
  ["schedule", "inputs.X.rows", { inputs: { X: { ref: "x", rows: [0, 1] } } }],
  ["schedule", "inputs.X.last", { inputs: { X: { ref: "x", last: 5 } } }],
  ["schedule", "inputs.X.shape", { inputs: { X: { ref: "x", shape: [1] } } }],
  ["schedule", "inputs.X.columns", { inputs: { X: { ref: "x", columns: [] } } }],
  ["schedule", "last_rows", { last_rows: 0 }],
  ["schedule", "last_rows", { last_rows: 13, validation: { rows: 10, purge: 3 } }],
  ["schedule", "trigger", { trigger: {} }],
  ["schedule", "trigger", { trigger: { every_ms: 1_000, at: ["06:30"] } }],
  ["schedule", "trigger", { trigger: { dataset: "x", every_observations: 5 } }],
  ["schedule", "trigger", { trigger: { cron: "* * * * *" } }],
  ["schedule", "trigger.every_rows", { trigger: { dataset: "x" } }],
  ["schedule", "trigger.every_rows", { trigger: { dataset: "x", every_rows: 0 } }],
  ["schedule", "trigger.dataset", { trigger: { every_rows: 5 } }],
  ["schedule", "trigger.every_observations", { trigger: { stream: "s", every_observations: 1.5 } }],
  ["schedule", "trigger.every_ms", { trigger: { every_ms: limits.schedule_interval_ms_max + 1 } }],
  ["schedule", "trigger.at", { trigger: { at: [] } }],
  ["schedule", "trigger.at", { trigger: { weekdays: ["mon"] } }],
  ["schedule", "trigger.at[0]", { trigger: { at: ["24:00"] } }],
  ["schedule", "trigger.at[1]", { trigger: { at: ["06:30", "06:30"] } }],
  ["schedule", "trigger.weekdays[0]", { trigger: { at: ["06:30"], weekdays: ["monday"] } }],
  ["schedule", "promote", { promote: "maybe" }],
  ["schedule", "validation", { validation: undefined }],
  ["schedule", "validation.rows", { validation: {} }],
  ["schedule", "validation.rows", { validation: { rows: limits.validation_rows_max + 1 } }],
  ["schedule", "validation.folds", { validation: { rows: 10, folds: 3 } }],
  ["schedule", "validation.purge", { validation: { rows: 10, purge: -1 } }],
  ["schedule", "validation.score", { validation: { rows: 10, score: "sharpe" } }],
  ["schedule", "tolerance", { tolerance: -1 }],
  ["schedule", "tolerance", { tolerance: Number.NaN }],
  ["schedule", "expires_after_ms", { expires_after_ms: 0 }],
  ["schedule", "replace", { replace: 1 }],
  ["schedules", "schedule", { schedule: "" }],
  ["schedules", "limit", { limit: 0 }],
  ["schedules", "limit", { schedule: "s", limit: 5 }],
  ["schedules", "model", { schedule: "s", model: "m" }],
  ["schedules", "after", { after: "a b" }],
  ["unschedule", "schedule", { schedule: "*" }],
  ["upload", "publish", { publish: undefined }],
  ["upload", "publish.model", { publish: { version: "1" } }],
  ["upload", "publish", { upload: "u", part: 1 }],
  ["upload", "part", { part: 0 }],
  ["upload", "last", { last: true }],
  ["upload", "upload", { upload: "", part: 0 }],
  ["upload", "part", { upload: "u" }],
  ["upload", "part", { upload: "u", part: -1 }],
  ["upload", "part", { upload: "u", part: 0.5 }],
  ["upload", "last", { upload: "u", part: 0, last: 1 }],
  ["upload", "onnx", { onnx: undefined }],
  ["upload", "onnx", { onnx: new Uint8Array(0) }],
  ["upload", "onnx", { onnx: "AAAA" }],
  ["upload", "onnx", { onnx: [1, 2] }],
];

function many(count: number): readonly string[] {
  return Array.from({ length: count }, (_, i) => `a${i}`);
}

/** Parameters of a pipeline whose second step has these. */
function stepsWith(parameters: unknown) {
  return { parameters: { steps: [{ trainer: "standard_scaler" }, { trainer: "ridge", parameters }] } };
}

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

describe("the parameters of a training", () => {
  it("are lists and maps inside one another, as deep as a frame may be", () => {
    const deepest = {
      ...minimal.train,
      ...stepsWith({ a: { b: { c: 1 } }, classes: [1, "x", null, false] }),
    };
    expect(parse(deepest)).toEqual(deepest);
  });

  it("have as many values as the limit says, and no more are looked at", () => {
    const fitting = {
      ...minimal.train,
      parameters: { list: Array(limits.parameter_values_max - 1).fill(1) },
    };
    expect(parse(fitting)).toEqual(fitting);
    const list = Array(1_000_000).fill(1);
    const looked = new Set<number>();
    const watched = new Proxy(list, {
      get(target, at) {
        looked.add(Number(at));
        return Reflect.get(target, at);
      },
    });
    expect(thrown(() => parse({ ...minimal.train, parameters: { watched } }))).toMatchObject({
      message: `parameters: at most ${limits.parameter_values_max} values together`,
    });
    expect(looked.size).toBeLessThan(10);
  });

  it("have no name __proto__ at any depth", () => {
    const parameters = JSON.parse('{"steps":[{"parameters":{"__proto__":{"alpha":1}}}]}');
    expect(thrown(() => parse({ ...minimal.train, parameters }))).toMatchObject({
      message: "parameters.steps[0].parameters.__proto__: is no name: choose another",
    });
    expect("alpha" in {}).toBe(false);
  });

  it("may be deeper than the decoders allow only where no decoder was: then they are refused, and not followed", () => {
    let deep: unknown = 1;
    for (let i = 0; i < 100_000; i++) deep = [deep];
    const error = thrown(() => parse({ ...minimal.train, parameters: { deep } }));
    expect((error as RequestError).message).toMatch(
      /^parameters\.deep(\[0\]){6}: lists and maps may be nested/,
    );
  });
});

describe("the file of an upload", () => {
  const upload = (onnx: unknown) => parseClientFrame({ ...minimal.upload, onnx }, "json");

  it.each([
    ["AA==", [0]],
    ["AAE=", [0, 1]],
    ["+/8A", [251, 255, 0]],
  ])("is base64 in JSON: %s", (text, bytes) => {
    expect(upload(text)).toMatchObject({ onnx: Uint8Array.from(bytes) });
  });

  it.each(["", "AA", "A===", "AA=A", "A A=", "AA==\n", "-_8A", 5, null, ["AA=="], { data: "AA==" }])(
    "is nothing else: %s",
    (text) => {
      const error = thrown(() => upload(text)) as RequestError;
      expect(error).toMatchObject({ name: "RequestError", code: "invalid_argument" });
      expect(error.message).toMatch(/^onnx: /);
    },
  );

  it("is written in JSON as it is read, for files of every length", () => {
    for (const length of [1, 2, 3, 24_575, 24_576, 24_577, 100_000]) {
      const onnx = Uint8Array.from({ length }, (_, i) => (i * 31) & 255);
      const text = jsonCodec.encode({ type: "upload", id: 1, publish: { model: "m" }, onnx });
      expect(JSON.parse(text as string).onnx).toBe(Buffer.from(onnx).toString("base64"));
      const [frame] = jsonCodec.decode(utf8(text as string));
      expect(
        Buffer.compare((parseClientFrame(frame?.value, "json") as { onnx: Uint8Array }).onnx, onnx),
      ).toBe(0);
    }
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

it("a put may say how long its dataset lives without use", () => {
  expect(parse({ ...minimal.put, expiry_ms: 1_000 })).toMatchObject({ expiry_ms: 1_000 });
  for (const expiry_ms of [999, 1.5, -1, "1000", 2 ** 60, Number.NaN])
    expect(thrown(() => parse({ ...minimal.put, expiry_ms }))).toMatchObject({
      code: "invalid_argument",
      message: expect.stringContaining("expiry_ms"),
    });
});

it.each([
  ["a control character", "a\nb"],
  ["half of a surrogate pair", "a\ud800"],
  ["the name that sets a prototype", "__proto__"],
])("a column whose name has %s is refused, because its bytes would be those of another name", (_, name) => {
  const columns = Object.defineProperty({}, name, { value: one, enumerable: true });
  expect(thrown(() => parse({ ...minimal.put, columns }))).toMatchObject({
    code: "invalid_argument",
    message: expect.stringContaining("columns:"),
  });
  expect(parse({ ...minimal.put, columns: { "price 💶": one } })).toMatchObject({ type: "put" });
});
