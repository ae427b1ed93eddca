// The tables of PROTOCOL.md as data, and a validator that reads them. A fault is a line of text.

export type Frame = Record<string, unknown>;
export type Form = "binary" | "json";

/** Says what is wrong with a value, each fault with the path that leads to it. */
type Check = (value: unknown, path: string) => string[];

interface Field {
  required: boolean;
  check: Check;
}

type Table = Readonly<Record<string, Field>>;

export function isMap(value: unknown): value is Frame {
  return (
    typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array)
  );
}

const is =
  (what: string, holds: (value: unknown) => boolean): Check =>
  (value, path) =>
    holds(value) ? [] : [`${path}: ${JSON.stringify(value)} is no ${what}`];

const isInteger = (value: unknown): value is number =>
  typeof value === "number" && Number.isSafeInteger(value);

const string = is("string", (value) => typeof value === "string");
const number = is("finite number", (value) => typeof value === "number" && Number.isFinite(value));
const integer = is("integer", isInteger);
const count = is("integer from 0", (value) => isInteger(value) && value >= 0);
const id = is("unsigned 32-bit integer", (value) => isInteger(value) && value >= 0 && value <= 4_294_967_295);
const boolean = is("boolean", (value) => typeof value === "boolean");
const ms = is("span in ms", (value) => typeof value === "number" && Number.isFinite(value) && value >= 0);
/** A time: any finite number, for PROTOCOL.md sets no bound on what a client may observe. */
const time = number;

const oneOf = (...values: unknown[]): Check =>
  is(`one of ${JSON.stringify(values)}`, (value) => values.includes(value));

const nullable =
  (check: Check): Check =>
  (value, path) =>
    value === null ? [] : check(value, path);

const arrayOf =
  (check: Check): Check =>
  (value, path) =>
    Array.isArray(value)
      ? value.flatMap((item: unknown, i) => check(item, `${path}[${i}]`))
      : [`${path}: no array`];

const mapOf =
  (check: Check): Check =>
  (value, path) =>
    isMap(value)
      ? Object.entries(value).flatMap(([name, item]) => check(item, `${path}.${name}`))
      : [`${path}: no map`];

const required = (check: Check): Field => ({ required: true, check });
const optional = (check: Check): Field => ({ required: false, check });

/** Fields that no table names are faults here, though a client would ignore them: the tables are to be complete. */
const map =
  (table: Table): Check =>
  (value, path) => {
    if (!isMap(value)) return [`${path}: no map`];
    const faults = Object.keys(value)
      .filter((name) => !Object.hasOwn(table, name))
      .map((name) => `${path}.${name}: not in the specification`);
    for (const [name, field] of Object.entries(table)) {
      const there = Object.hasOwn(value, name) && value[name] !== undefined;
      if (!there && field.required) faults.push(`${path}.${name}: missing`);
      if (there && !(value[name] === null && !field.required))
        faults.push(...field.check(value[name], `${path}.${name}`));
    }
    return faults;
  };

// Tensors

const sizes: Readonly<Record<string, number>> = {
  BOOL: 1,
  UINT8: 1,
  UINT16: 2,
  UINT32: 4,
  UINT64: 8,
  INT8: 1,
  INT16: 2,
  INT32: 4,
  INT64: 8,
  FP16: 2,
  FP32: 4,
  FP64: 8,
};

const datatype = oneOf(...Object.keys(sizes), "BYTES");
const nonFinite: unknown[] = ["NaN", "Infinity", "-Infinity"];

const jsonElement = (name: string): Check => {
  switch (name) {
    case "BOOL":
      return boolean;
    case "BYTES":
      return string;
    case "UINT64":
    case "INT64":
      return is(
        "64-bit integer",
        (value) => isInteger(value) || (typeof value === "string" && /^-?\d+$/.test(value)),
      );
    case "FP32":
    case "FP64":
      return is("float", (value) => typeof value === "number" || nonFinite.includes(value));
    default:
      return integer;
  }
};

const tensor =
  (form: Form): Check =>
  (value, path) => {
    const shape = arrayOf(is("size", (size) => isInteger(size) && size >= 0 && size <= 16_777_216));
    const anything: Check = () => [];
    const faults = map({
      datatype: required(datatype),
      shape: required(shape),
      data: required(anything),
    })(value, path);
    if (faults.length > 0 || !isMap(value) || !Array.isArray(value["shape"])) return faults;
    const dims: unknown[] = value["shape"];
    const elements = dims.reduce<number>((product, size) => product * Number(size), 1);
    const name = String(value["datatype"]);
    const data = value["data"];
    if (dims.length > 8) faults.push(`${path}.shape: ${dims.length} dimensions`);
    if (form === "json" || name === "BYTES") {
      faults.push(...arrayOf(jsonElement(name))(data, `${path}.data`));
      if (Array.isArray(data) && data.length !== elements)
        faults.push(`${path}.data: ${data.length} elements`);
    } else if (!(data instanceof Uint8Array)) faults.push(`${path}.data: no bytes`);
    else if (data.length !== elements * (sizes[name] ?? Number.NaN))
      faults.push(`${path}.data: ${data.length} bytes for ${elements} elements of ${name}`);
    return faults;
  };

// What describe tells

const dims = arrayOf(
  is("size or its name", (size) => typeof size === "string" || (isInteger(size) && size >= 0)),
);

const ioEntry = map({
  name: required(string),
  datatypes: required(arrayOf(datatype)),
  shape: required(dims),
  other_shapes: optional(arrayOf(dims)),
  optional: required(boolean),
  description: required(string),
});

const bounds: Table = {
  minimum: optional(number),
  exclusive_minimum: optional(number),
  maximum: optional(number),
  exclusive_maximum: optional(number),
};

const alternatives: Readonly<Record<string, Check>> = {
  integer: map({ type: required(string), ...bounds }),
  number: map({ type: required(string), ...bounds }),
  boolean: map({ type: required(string) }),
  string: map({ type: required(string), values: required(arrayOf(string)) }),
  text: map({ type: required(string), length_max: required(number) }),
  null: map({ type: required(string) }),
};

const jsonSchema: Check = (value, path) => {
  if (typeof value !== "string") return [`${path}: no text`];
  try {
    return isMap(JSON.parse(value)) ? [] : [`${path}: no JSON Schema`];
  } catch {
    return [`${path}: no JSON`];
  }
};

/** Those of a trainer only. */
const nestedAlternatives: Readonly<Record<string, Check>> = {
  list: map({ type: required(string), schema: required(jsonSchema) }),
  map: map({ type: required(string), schema: required(jsonSchema) }),
  record: map({ type: required(string), schema: required(jsonSchema) }),
  trainer: map({ type: required(string), names: required(arrayOf(string)) }),
};

const alternative: Check = (value, path) => {
  const check = isMap(value) ? alternatives[String(value["type"])] : undefined;
  return check ? check(value, path) : [`${path}: no alternative`];
};

const parameterValue = nullable(
  is("string, number or boolean", (value) => ["string", "number", "boolean"].includes(typeof value)),
);

const parameter = map({
  name: required(string),
  description: required(string),
  default: required(parameterValue),
  any_of: required(arrayOf(alternative)),
});

const nestedAlternative: Check = (value, path) => {
  const check = isMap(value) ? nestedAlternatives[String(value["type"])] : undefined;
  return check ? check(value, path) : alternative(value, path);
};

const nestedValue: Check = (value, path) => {
  if (Array.isArray(value)) return arrayOf(nestedValue)(value, path);
  return isMap(value) ? mapOf(nestedValue)(value, path) : parameterValue(value, path);
};

const trainerParameter = map({
  name: required(string),
  description: required(string),
  default: required(nestedValue),
  required: optional(oneOf(true)),
  any_of: required(arrayOf(nestedAlternative)),
});

const unloadedModel = map({
  name: required(string),
  version: required(oneOf(null)),
  kind: required(oneOf("model", "fit")),
  state: required(oneOf("ready", "loading", "unavailable")),
  reason: required(string),
});

const memory = map({
  file_bytes: required(count),
  opening_bytes: required(count),
  resident_bytes: required(count),
  instances: required(count),
});

const together = map({
  together: required(oneOf(true)),
  proof: required(oneOf("graph", "operator")),
  reason: optional(string),
  answers: required(oneOf("exact", "close")),
  within: optional(number),
  worst: optional(number),
  trials: required(count),
});

const alone = map({ together: required(oneOf(false)), reason: required(string) });

const batching: Check = (value, path) =>
  (isMap(value) && value["together"] === true ? together : alone)(value, path);

const loadedModel: Table = {
  name: required(string),
  version: required(string),
  kind: required(oneOf("model", "fit", "trainer")),
  state: required(oneOf("ready", "loading", "unloaded", "unavailable")),
  reason: optional(string),
  traffic: optional(
    is("number from 0 to 1", (value) => typeof value === "number" && value >= 0 && value <= 1),
  ),
  shadow: optional(oneOf(true)),
  expires_ts: optional(ms),
  aliases: optional(arrayOf(string)),
  backend: optional(string),
  card: optional(string),
  memory: optional(memory),
  batching: optional(batching),
  inline: optional(map({ rows: required(count), reason: optional(string) })),
  notes: optional(arrayOf(string)),
  description: required(string),
  max_batch_size: required(count),
  default_timeout_ms: required(ms),
  priority_levels: required(count),
  inputs: required(arrayOf(ioEntry)),
  outputs: required(arrayOf(ioEntry)),
};

const entries = {
  unloaded: unloadedModel,
  trainer: map({ ...loadedModel, parameters: required(arrayOf(trainerParameter)) }),
  other: map({ ...loadedModel, parameters: required(arrayOf(parameter)) }),
};

const model: Check = (value, path) => {
  const isUnloaded = isMap(value) && value["version"] === null;
  const isTrainer = isMap(value) && value["kind"] === "trainer";
  const faults = entries[isUnloaded ? "unloaded" : isTrainer ? "trainer" : "other"](value, path);
  if (isMap(value) && value["state"] === "unavailable" && typeof value["reason"] !== "string")
    faults.push(`${path}.reason: missing`);
  if (
    isMap(value) &&
    value["version"] !== null &&
    (value["kind"] === "model") !== Object.hasOwn(value, "traffic")
  )
    faults.push(`${path}.traffic: of models, and of them only`);
  if (isMap(value) && value["version"] !== null && value["kind"] !== "model" && value["max_batch_size"] !== 0)
    faults.push(`${path}.max_batch_size: ${String(value["max_batch_size"])} of a ${String(value["kind"])}`);
  return faults;
};

const detector = map({
  name: required(string),
  version: required(string),
  description: required(string),
  parameters: required(arrayOf(parameter)),
});

const kernels = map({
  machine: required(string),
  backends: required(
    arrayOf(
      map({
        name: required(string),
        precision: required(oneOf("FP32", "FP64")),
        mode: required(string),
        costs: required(arrayOf(map({ work: required(number), ms: required(ms) }))),
      }),
    ),
  ),
});

// Acks, by the request they answer

const ack = (fields: Table): Check => map({ type: required(oneOf("ack")), id: required(id), ...fields });

const probability = is(
  "probability",
  (value) => typeof value === "number" && value >= 0 && value <= 1 + 1e-12,
);

const endOf = { stream: required(string), observations: required(count), last_ts: required(nullable(time)) };

/** Of an event, by its kind. */
const eventKinds: Readonly<Record<string, Check>> = {
  regime_change: map({
    kind: required(string),
    stream: required(string),
    from: required(string),
    to: required(string),
    probability: required(probability),
    probabilities: required(mapOf(probability)),
    detector: required(string),
    version: required(string),
    observed_ts: required(time),
  }),
  feed_silent: map({
    kind: required(string),
    stream: required(string),
    last_ts: required(nullable(time)),
    max_silence_ms: required(ms),
  }),
  feed_resumed: map({
    kind: required(string),
    stream: required(string),
    observed_ts: required(time),
    silent_ms: required(ms),
  }),
  stream_replaced: map({
    kind: required(string),
    ...endOf,
    detector: required(string),
    version: required(string),
  }),
  stream_closed: map({ kind: required(string), ...endOf, reason: required(oneOf("closed", "expired")) }),
};

const eventData: Check = (value, path) => {
  if (!isMap(value)) return [`${path}: no map`];
  const check = eventKinds[String(value["kind"])];
  return check === undefined ? [`${path}.kind: not in the specification`] : check(value, path);
};

const regimeState = map({
  kind: required(oneOf("regime_state")),
  stream: required(string),
  regime: required(string),
  probability: required(nullable(probability)),
  probabilities: required(mapOf(probability)),
  detector: required(string),
  version: required(string),
  observations: required(count),
  last_ts: required(nullable(time)),
});

const acks: Readonly<Record<string, Check>> = {
  describe: ack({
    models: required(arrayOf(model)),
    detectors: required(arrayOf(detector)),
    kernels: required(nullable(kernels)),
  }),
  open: ack({
    stream: required(string),
    detector: required(string),
    created: required(boolean),
    last_ts: required(nullable(time)),
    observations: required(count),
  }),
  observe: ack({
    stream: required(string),
    accepted: required(count),
    duplicates: required(count),
    duplicate: required(boolean),
    last_ts: required(time),
  }),
  close: ack({ stream: required(string) }),
  state: ack({ stream: required(string), state: required(regimeState), path: optional(is("map", isMap)) }),
  subscribe: ack({ topic: required(string), snapshots: optional(count) }),
  unsubscribe: ack({ topic: required(string) }),
  refresh: ack({ expires_in_ms: optional(count) }),
};

// Gateway frames

const limitNames = [
  "message_bytes",
  "message_frames",
  "text_bytes",
  "text_values",
  "nesting",
  "tensors",
  "tensor_elements",
  "observations",
  "requests_in_flight",
  "bytes_in_flight",
  "subscriptions",
];

export const errorCodes = [
  "invalid_argument",
  "not_found",
  "deadline_exceeded",
  "cancelled",
  "resource_exhausted",
  "unavailable",
  "unauthenticated",
  "permission_denied",
  "failed_precondition",
  "unimplemented",
  "internal",
];

const error = map({
  type: required(oneOf("error")),
  id: optional(id),
  stream: optional(string),
  ts: optional(time),
  code: required(oneOf(...errorCodes)),
  message: required(string),
  retryable: required(boolean),
  retry_after_ms: optional(ms),
  processed: required(oneOf("no", "maybe")),
});

const result = (form: Form): Check =>
  map({
    type: required(oneOf("result")),
    id: required(id),
    model: required(string),
    version: required(string),
    outputs: required(mapOf(tensor(form))),
    backend: required(string),
    precision: required(string),
    timing: required(
      map({
        queue_ms: required(ms),
        compute_ms: required(ms),
        batch_size: required(count),
        inline: optional(oneOf(true)),
      }),
    ),
    cached: optional(boolean),
  });

const frames = (form: Form): Readonly<Record<string, Check>> => ({
  welcome: map({
    type: required(oneOf("welcome")),
    connection: required(string),
    epoch: required(string),
    server: required(string),
    features: required(arrayOf(string)),
    ping_ms: required(ms),
    pong_ms: required(ms),
    credits: required(count),
    expires_in_ms: optional(count),
    limits: required(map(Object.fromEntries(limitNames.map((name) => [name, required(count)])))),
  }),
  result: result(form),
  error,
  snapshot: map({
    type: required(oneOf("snapshot")),
    topic: required(string),
    epoch: required(string),
    offset: required(count),
    position: required(count),
    recovered: required(boolean),
    to_come: optional(count),
    data: required(nullable(regimeState)),
  }),
  event: map({
    type: required(oneOf("event")),
    topic: required(string),
    epoch: required(string),
    offset: required(is("integer from 1", (value) => isInteger(value) && value >= 1)),
    position: required(count),
    ts: required(time),
    event_id: required(string),
    data: required(eventData),
  }),
  heartbeat: map({
    type: required(oneOf("heartbeat")),
    topic: required(string),
    epoch: required(string),
    offset: optional(count),
    position: required(count),
    last_ts: required(nullable(time)),
    silent_ms: required(nullable(ms)),
  }),
  drain: map({
    type: required(oneOf("drain")),
    deadline_ms: required(ms),
    retry_min_ms: required(ms),
    retry_max_ms: required(ms),
  }),
});

const tables = { binary: frames("binary"), json: frames("json") };

/** What is wrong with a frame of the gateway; `request` is the type of the request that its `id` names. */
export function faultsOfFrame(frame: Frame, form: Form, request: string | undefined): string[] {
  const type = String(frame["type"]);
  if (type === "ack") {
    const check = acks[String(request)];
    return check ? check(frame, `ack of ${request}`) : [`ack: of no request (${String(request)})`];
  }
  const check = tables[form][type];
  if (!check) return [`type: ${type} is no gateway frame`];
  return check(frame, type);
}
