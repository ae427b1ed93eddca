/** Generators of every frame of the wire, in the form that the parsers return. */
import fc from "fast-check";
import { errorCodes } from "../../protocol/errors.js";
import type { ClientFrame, GatewayFrame, Parameters, WireTensors } from "../../protocol/frames.js";
import { limits } from "../../protocol/limits.js";
import { watchTopics } from "../../protocol/samples.js";
import {
  type Datatype,
  datatypeBytes,
  elementCount,
  type Tensor,
  toWire,
  type WireTensor,
} from "../../protocol/tensor.js";
import { jobStates, type NestedValue, type Publication } from "../../protocol/train-frames.js";

export const datatypes = Object.keys(datatypeBytes) as Datatype[];

// JSON has neither negative zero nor NaN; the tensors' own tests cover both.
const positiveZero = (value: number) => (value === 0 ? 0 : value);
const number = fc.double({ noNaN: true, noDefaultInfinity: true }).map(positiveZero);
const timeout = fc.double({ min: 0, max: limits.timeout_ms_max, noNaN: true }).map(positiveZero);
const integer = fc.maxSafeNat();
const time = fc.double({ min: -limits.time_ms_max, max: limits.time_ms_max, noNaN: true }).map(positiveZero);
const id = fc.oneof(fc.nat(), fc.integer({ min: 0, max: 0xffff_ffff }), fc.constantFrom(0, 0xffff_ffff));
const text = fc.string({ unit: "grapheme", maxLength: 40 });
const name = fc
  .string({ unit: "grapheme", minLength: 1, maxLength: 12 })
  .filter((each) => each !== "__proto__");
const streamLetters = "ABCxyz019._:/-".split("");
export const stream = fc.string({ unit: fc.constantFrom(...streamLetters), minLength: 1, maxLength: 64 });
const topic = fc.oneof(
  stream.map((each) => `regime.${each}`),
  fc.constant("regime.*"),
);

const elements: Record<Exclude<Datatype, "BYTES">, (count: number) => fc.Arbitrary<Tensor["data"]>> = {
  BOOL: (n) => fc.uint8Array({ minLength: n, maxLength: n, max: 1 }),
  UINT8: (n) => fc.uint8Array({ minLength: n, maxLength: n }),
  UINT16: (n) => fc.uint16Array({ minLength: n, maxLength: n }),
  UINT32: (n) => fc.uint32Array({ minLength: n, maxLength: n }),
  UINT64: (n) => fc.bigUint64Array({ minLength: n, maxLength: n }),
  INT8: (n) => fc.int8Array({ minLength: n, maxLength: n }),
  INT16: (n) => fc.int16Array({ minLength: n, maxLength: n }),
  INT32: (n) => fc.int32Array({ minLength: n, maxLength: n }),
  INT64: (n) => fc.bigInt64Array({ minLength: n, maxLength: n }),
  FP16: (n) => fc.uint16Array({ minLength: n, maxLength: n }),
  FP32: (n) => fc.float32Array({ minLength: n, maxLength: n }).map((each) => each.map(positiveZero)),
  FP64: (n) => fc.float64Array({ minLength: n, maxLength: n }).map((each) => each.map(positiveZero)),
};

/** Any tensor of a datatype, of up to 27 elements and three dimensions, some of size 0. */
export function tensorOf(datatype: Datatype): fc.Arbitrary<WireTensor> {
  return fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 3 }).chain((shape) => {
    const count = elementCount(shape);
    return datatype === "BYTES"
      ? fc.array(text, { minLength: count, maxLength: count }).map((data) => ({ datatype, shape, data }))
      : elements[datatype](count).map((data) => toWire({ datatype, shape, data }));
  });
}

const tensor = fc.constantFrom(...datatypes).chain(tensorOf);
const tensors: fc.Arbitrary<WireTensors> = fc.dictionary(name, tensor, { maxKeys: 4, noNullPrototype: true });
const parameters: fc.Arbitrary<Parameters> = fc.dictionary(
  name,
  fc.oneof(text, number, fc.boolean(), fc.constant(null)),
  { maxKeys: 4, noNullPrototype: true },
);

/**
 * A frame with these fields; those that are not named as required are sometimes absent. All are required when none is
 * named.
 */
function frame<T>(fields: { [K in keyof T]: fc.Arbitrary<T[K]> }, ...required: (keyof T)[]) {
  const requiredKeys = required.length > 0 ? required : (Object.keys(fields) as (keyof T)[]);
  return fc.record(fields, { requiredKeys, noNullPrototype: true });
}

const observed = fc
  .record({ rows: fc.integer({ min: 1, max: 4 }), width: fc.integer({ min: 1, max: 3 }) })
  .chain(({ rows, width }) =>
    fc.record({
      ts: fc.array(time, { minLength: rows, maxLength: rows }),
      values: fc
        .array(number, { minLength: rows * width, maxLength: rows * width })
        .map((data) => toWire({ datatype: "FP64", shape: [rows, width], data: Float64Array.from(data) })),
    }),
  );

const since = {
  topic: fc.record({ epoch: name, offset: integer }, { noNullPrototype: true }),
  pattern: fc.record({ epoch: name, position: integer }, { noNullPrototype: true }),
};

/** Columns of some rows each, of single values and of lists. */
const columns = fc
  .tuple(fc.integer({ min: 1, max: 3 }), fc.uniqueArray(stream, { minLength: 1, maxLength: 3 }))
  .map(([rows, names]) =>
    Object.fromEntries(
      names.map((each, at) => {
        const data = Float64Array.from({ length: rows * (at + 1) }, (_, i) => i + 0.5);
        return [each, toWire({ datatype: "FP64", shape: at === 0 ? [rows] : [rows, at + 1], data })];
      }),
    ),
  );

const datasetReference = fc.record(
  {
    ref: stream,
    version: name,
    rows: fc.tuple(fc.nat(), fc.nat()).map(([from, count]) => [from, from + count + 1]),
    columns: fc.oneof(name, fc.array(name, { minLength: 1, maxLength: 3 })),
    shape: fc.array(fc.nat(), { maxLength: 3 }),
  },
  { requiredKeys: ["ref"], noNullPrototype: true },
);
const streamReference = fc.record(
  {
    stream,
    last: fc.integer({ min: 1 }),
    columns: fc.array(fc.nat(), { minLength: 1, maxLength: 3 }),
    shape: fc.array(fc.nat(), { maxLength: 3 }),
  },
  { requiredKeys: ["stream"], noNullPrototype: true },
);

/** Tensors, and references where tensors may stand. */
const inputs = fc
  .tuple(
    tensors,
    fc.dictionary(name, fc.oneof(datasetReference, streamReference), { maxKeys: 2, noNullPrototype: true }),
  )
  .map(([given, references]) => ({ ...given, ...references }));

const has = (each: unknown, field: string) => Object.hasOwn(each as object, field);
const without = (each: unknown, fields: readonly string[]) =>
  Object.fromEntries(Object.entries(each as object).filter(([field]) => !fields.includes(field)));

const is = <T extends string | number>(type: T) => fc.constant(type);

const letters = (characters: string, maxLength: number) =>
  fc.string({ unit: fc.constantFrom(...characters), minLength: 1, maxLength });
const job = letters("abcXYZ019_-", 64);
const file = fc.uint8Array({ minLength: 1, maxLength: 20 });

/** Values of a trainer's parameters, down to the depth that a frame may have. */
const nestedParameters = fc.dictionary(
  name,
  fc.letrec<{ value: NestedValue; plain: NestedValue; list: NestedValue; map: NestedValue }>((tie) => ({
    value: fc.oneof({ maxDepth: 5, withCrossShrink: true }, tie("plain"), tie("list"), tie("map")),
    plain: fc.oneof(text, number, fc.boolean(), fc.constant(null)),
    list: fc.array(tie("value"), { maxLength: 3 }),
    map: fc.dictionary(name, tie("value"), { maxKeys: 3, noNullPrototype: true }),
  })).value,
  { maxKeys: 4, noNullPrototype: true },
);

const modelName = letters("abcXYZ019_-", 128);
const aliasName = letters("abcXYZ", 64);
const share = fc.double({ min: 0, max: 1, noNaN: true }).map(positiveZero);
const reason = fc.string({ minLength: 1, maxLength: limits.promotion_reason_length_max });

const scheduleName = letters("abcXYZ019_-", 64);
const rowCount = fc.integer({ min: 1, max: limits.schedule_rows_max });
const datasetInput = frame({ ref: letters("abc.:/-", 128), columns: name }, "ref");
const trigger = fc.oneof(
  fc.record({ dataset: letters("abc.:/-", 128), every_rows: rowCount }),
  fc.record({ stream: letters("abc", 64), every_observations: rowCount }),
  fc.record({ every_ms: fc.integer({ min: 1, max: limits.schedule_interval_ms_max }) }),
  frame(
    {
      at: fc.constant(["00:00", "23:59"]),
      weekdays: fc.constantFrom(["mon"], ["tue", "sun"]),
    },
    "at",
  ),
);

const publication = frame<Publication>(
  {
    model: modelName,
    version: fc.integer({ min: 1 }).map(String),
    traffic: share,
    aliases: fc.uniqueArray(aliasName, { minLength: 1, maxLength: limits.aliases_max }),
    expires_after_ms: fc.integer({ min: 1, max: limits.expires_after_ms_max }),
  },
  "model",
);

const clientFrames: Record<ClientFrame["type"], fc.Arbitrary<unknown>> = {
  hello: frame(
    { type: is("hello"), token: name, client: name, max_message_bytes: fc.integer({ min: 1_024 }) },
    "type",
  ),
  infer: frame(
    {
      type: is("infer"),
      id,
      model: name,
      inputs,
      version: name,
      parameters,
      outputs: fc.array(name, { minLength: 1, maxLength: 3 }),
      timeout_ms: timeout,
      priority: id,
      key: name,
      traceparent: name,
    },
    "type",
    "id",
    "model",
    "inputs",
  ),
  cancel: frame({ type: is("cancel"), id }, "type", "id"),
  describe: frame({ type: is("describe"), id, model: name }, "type", "id"),
  open: frame(
    { type: is("open"), id, stream, detector: name, parameters, replace: fc.boolean(), history: observed },
    "type",
    "id",
    "stream",
    "detector",
  ),
  observe: fc
    .tuple(frame({ type: is("observe"), id, stream }, "type", "stream"), observed)
    .map(([head, rows]) => ({ ...head, ...rows })),
  close: frame({ type: is("close"), id, stream }, "type", "id", "stream"),
  state: frame(
    {
      type: is("state"),
      id,
      stream,
      path: fc.constantFrom("filtered", "smoothed"),
      limit: fc.integer({ min: 1, max: limits.path_max }),
      values: fc.boolean(),
    },
    "type",
    "id",
    "stream",
  ),
  subscribe: topic.chain((each) =>
    frame(
      {
        type: is("subscribe"),
        id,
        topic: fc.constant(each),
        since: each.endsWith("*") ? since.pattern : since.topic,
        mode: fc.constantFrom("all", "latest"),
        heartbeat_ms: fc.integer({ min: limits.heartbeat_ms_min, max: limits.heartbeat_ms_max }),
      },
      "type",
      "id",
      "topic",
    ),
  ),
  unsubscribe: frame({ type: is("unsubscribe"), id, topic }, "type", "id", "topic"),
  refresh: frame({ type: is("refresh"), id, token: name }, "type", "id", "token"),
  watch: fc.constantFrom(...watchTopics).chain((each) =>
    frame(
      {
        type: is("watch"),
        id,
        topic: fc.constant(each),
        interval_ms: fc.integer({ min: limits.watch_interval_ms_min, max: limits.watch_interval_ms_max }),
        ...(each === "gateway.streams" && { contains: stream }),
      },
      "type",
      "id",
      "topic",
    ),
  ),
  unwatch: frame({ type: is("unwatch"), id, topic: fc.constantFrom(...watchTopics) }, "type", "id", "topic"),
  put: frame(
    {
      type: is("put"),
      id,
      dataset: stream,
      columns,
      ts: time,
      upload: name,
      part: integer,
      last: fc.boolean(),
    },
    "type",
    "id",
    "columns",
  ).map((each) => (has(each, "upload") ? { ...each, part: 0 } : without(each, ["part", "last"]))),
  append: frame(
    { type: is("append"), id, dataset: stream, version: name, columns, ts: time },
    "type",
    "id",
    "dataset",
    "columns",
  ),
  drop: frame({ type: is("drop"), id, dataset: stream, version: name }, "type", "id", "dataset"),
  datasets: frame(
    {
      type: is("datasets"),
      id,
      prefix: name,
      after: name,
      limit: fc.integer({ min: 1, max: limits.datasets_listed_max }),
    },
    "type",
    "id",
  ),
  train: frame(
    {
      type: is("train"),
      id,
      trainer: name,
      version: name,
      inputs,
      parameters: nestedParameters,
      keep_seconds: fc.integer({ min: 1, max: limits.keep_seconds_max }),
      publish: publication,
      background: fc.boolean(),
      label: name,
      key: name,
      timeout_ms: timeout,
      priority: id,
      traceparent: name,
    },
    "type",
    "id",
    "trainer",
    "inputs",
  ),
  jobs: fc.oneof(
    frame(
      { type: is("jobs"), id, job, log: fc.boolean(), outputs: fc.boolean(), onnx_from: integer },
      "type",
      "id",
      "job",
    ),
    frame(
      {
        type: is("jobs"),
        id,
        state: fc.constantFrom(...jobStates),
        before: job,
        limit: fc.integer({ min: 1, max: limits.jobs_listed_max }),
      },
      "type",
      "id",
    ),
  ),
  cancel_job: frame({ type: is("cancel_job"), id, job }),
  upload: fc.oneof(
    frame({ type: is("upload"), id, publish: publication, onnx: file }),
    frame(
      {
        type: is("upload"),
        id,
        publish: publication,
        upload: name,
        part: is(0),
        last: fc.boolean(),
        onnx: file,
      },
      "type",
      "id",
      "publish",
      "upload",
      "part",
      "onnx",
    ),
    frame(
      { type: is("upload"), id, upload: name, part: fc.integer({ min: 1 }), last: fc.boolean(), onnx: file },
      "type",
      "id",
      "upload",
      "part",
      "onnx",
    ),
  ),
  promote: frame(
    {
      type: is("promote"),
      id,
      model: modelName,
      version: name,
      alias: aliasName,
      traffic: share,
      reason,
    },
    "type",
    "id",
    "model",
    "version",
  ),
  rollback: frame(
    {
      type: is("rollback"),
      id,
      model: modelName,
      alias: aliasName,
      reason,
    },
    "type",
    "id",
    "model",
  ),
  schedule: frame(
    {
      type: is("schedule"),
      id,
      schedule: scheduleName,
      model: modelName,
      trainer: name,
      parameters: nestedParameters,
      inputs: fc.record({ X: datasetInput, y: datasetInput }),
      // More than the held-out rows, whatever these are.
      last_rows: fc.integer({ min: limits.validation_rows_max + 101, max: limits.schedule_rows_max }),
      trigger,
      promote: fc.constantFrom("if_not_worse", "never", "always"),
      validation: frame(
        {
          rows: fc.integer({ min: 1, max: limits.validation_rows_max }),
          purge: fc.nat(100),
          score: is("mae"),
        },
        "rows",
      ),
      tolerance: share,
      expires_after_ms: fc.integer({ min: 1, max: limits.expires_after_ms_max }),
      replace: fc.boolean(),
    },
    "type",
    "id",
    "schedule",
    "model",
    "trainer",
    "inputs",
    "trigger",
    "validation",
  ),
  schedules: fc.oneof(
    frame({ type: is("schedules"), id, schedule: scheduleName }, "type", "id"),
    frame(
      {
        type: is("schedules"),
        id,
        model: modelName,
        after: scheduleName,
        limit: fc.integer({ min: 1, max: limits.schedules_listed_max }),
      },
      "type",
      "id",
    ),
  ),
  unschedule: frame({ type: is("unschedule"), id, schedule: scheduleName }, "type", "id", "schedule"),
};

const probabilities = fc.dictionary(name, number, { maxKeys: 3, noNullPrototype: true });
const nullable = <T>(each: fc.Arbitrary<T>) => fc.option(each, { nil: null });

const modelPart = fc.record(
  { from: integer, total: integer, sha256: text, bytes: file },
  { noNullPrototype: true },
);

const gatewayFrames: Record<GatewayFrame["type"], fc.Arbitrary<unknown>> = {
  welcome: frame({
    type: is("welcome"),
    connection: text,
    epoch: text,
    server: text,
    features: fc.array(text, { maxLength: 4 }),
    ping_ms: number,
    pong_ms: number,
    credits: integer,
    limits: fc.dictionary(name, number, { maxKeys: 4, noNullPrototype: true }),
  }),
  result: frame(
    {
      type: is("result"),
      id,
      model: text,
      version: text,
      outputs: tensors,
      backend: text,
      precision: text,
      timing: fc.record(
        { queue_ms: number, compute_ms: number, batch_size: integer },
        { noNullPrototype: true },
      ),
      cached: fc.boolean(),
      training: fc.record(
        {
          job,
          fit_ms: number,
          convert_ms: nullable(number),
          libraries: fc.dictionary(name, text, { maxKeys: 3, noNullPrototype: true }),
        },
        { noNullPrototype: true },
      ),
    },
    "type",
    "id",
    "model",
    "version",
    "outputs",
    "backend",
    "precision",
    "timing",
  ),
  ack: frame(
    {
      type: is("ack"),
      id,
      stream,
      last_ts: nullable(time),
      created: fc.boolean(),
      outputs: tensors,
      onnx: modelPart,
    },
    "type",
    "id",
  ),
  error: frame(
    {
      type: is("error"),
      id,
      stream,
      ts: time,
      code: fc.constantFrom(...errorCodes),
      message: text,
      retryable: fc.boolean(),
      retry_after_ms: number,
      processed: fc.constantFrom("no", "maybe"),
    },
    "type",
    "code",
    "message",
    "retryable",
    "processed",
  ),
  snapshot: frame({
    type: is("snapshot"),
    topic,
    epoch: text,
    offset: integer,
    position: integer,
    recovered: fc.boolean(),
    data: nullable(
      fc.record(
        { kind: is("regime_state"), stream, regime: text, probability: nullable(number), probabilities },
        { noNullPrototype: true },
      ),
    ),
  }),
  event: frame({
    type: is("event"),
    topic,
    epoch: text,
    offset: integer,
    position: integer,
    ts: time,
    event_id: text,
    data: fc.record(
      { kind: is("regime_change"), stream, from: text, to: text, probability: number, probabilities },
      { noNullPrototype: true },
    ),
  }),
  heartbeat: frame(
    {
      type: is("heartbeat"),
      topic,
      epoch: text,
      offset: integer,
      position: integer,
      last_ts: nullable(time),
      silent_ms: nullable(number),
    },
    "type",
    "topic",
    "epoch",
    "position",
    "last_ts",
    "silent_ms",
  ),
  sample: frame({
    type: is("sample"),
    topic: fc.constantFrom(...watchTopics),
    ts: time,
    seq: integer,
    data: fc.record(
      { interval_ms: number, latency_ms: nullable(fc.record({ p50: number }, { noNullPrototype: true })) },
      { noNullPrototype: true },
    ),
  }),
  drain: frame({ type: is("drain"), deadline_ms: number, retry_min_ms: number, retry_max_ms: number }),
};

export const clientTypes = Object.keys(clientFrames) as ClientFrame["type"][];
export const gatewayTypes = Object.keys(gatewayFrames) as GatewayFrame["type"][];

export function clientFrame(type: ClientFrame["type"]): fc.Arbitrary<ClientFrame> {
  return clientFrames[type] as fc.Arbitrary<ClientFrame>;
}

export function gatewayFrame(type: GatewayFrame["type"]): fc.Arbitrary<GatewayFrame> {
  return gatewayFrames[type] as fc.Arbitrary<GatewayFrame>;
}

export const anyClientFrame = fc.oneof(...clientTypes.map(clientFrame));
export const anyGatewayFrame = fc.oneof(...gatewayTypes.map(gatewayFrame));
