/**
 * Validates everything that clients send, in one function: `parseClientFrame(unknown)`. It is hand-written for speed,
 * because it runs for every request. Code that is given the result relies on its type.
 */
import type { AppendFrame, DatasetsFrame, DropFrame, PutFrame } from "./dataset-frames.js";
import { HeadgateError, invalidArgument, ProtocolError } from "./errors.js";
import {
  type Fields,
  has,
  isFields,
  kindOf,
  readBoolean,
  readFields,
  readInteger,
  readNumber,
  readOneOf,
  readSecret,
  readString,
  shown,
} from "./fields.js";
import type {
  CancelFrame,
  ClientFrame,
  CloseFrame,
  DescribeFrame,
  HelloFrame,
  InferFrame,
  ObserveFrame,
  OpenFrame,
  Parameters,
  ParameterValue,
  PastObservations,
  RefreshFrame,
  Since,
  StateFrame,
  SubscribeFrame,
  UnsubscribeFrame,
  UnwatchFrame,
  WatchFrame,
} from "./frames.js";
import { idMax, limits } from "./limits.js";
import { namesIn, requireName } from "./names.js";
import { parseAppend, parseDatasets, parseDrop, parsePut } from "./parse-dataset-frame.js";
import { parseInputs } from "./parse-inputs.js";
import { parsePromote, parseRollback } from "./parse-promotion-frame.js";
import { parseSchedule, parseSchedules, parseUnschedule } from "./parse-schedule-frame.js";
import { parseTensor, type WireForm } from "./parse-tensor.js";
import { parseCancelJob, parseJobs, parseTrain, parseUpload } from "./parse-training-frame.js";
import type { PromoteFrame, RollbackFrame } from "./promotion-frames.js";
import { type WatchTopic, watchTopics } from "./samples.js";
import type { ScheduleFrame, SchedulesFrame, UnscheduleFrame } from "./schedule-frames.js";
import type { WireTensor } from "./tensor.js";
import { readStreamName, readTopic } from "./topics.js";
import type { CancelJobFrame, JobsFrame, TrainFrame, UploadFrame } from "./train-frames.js";

/** An invalid request. It is answered with an `error` frame, and the connection stays open. */
export class RequestError extends HeadgateError {
  readonly id: number | undefined;
  readonly stream: string | undefined;
  readonly ts: number | undefined;

  constructor(error: HeadgateError, frame: Fields) {
    super(error.code, error.message, { cause: error });
    this.name = "RequestError";
    this.id = typeof frame["id"] === "number" ? frame["id"] : undefined;
    this.stream =
      typeof frame["stream"] === "string" ? frame["stream"].slice(0, limits.name_length_max) : undefined;
    this.ts = firstTime(frame["ts"]);
  }
}

type FrameParser = (frame: Fields, form: WireForm) => ClientFrame;

const parsers: Readonly<Record<ClientFrame["type"], FrameParser>> = {
  hello: parseHello,
  infer: parseInfer,
  cancel: parseCancel,
  describe: parseDescribe,
  open: parseOpen,
  observe: parseObserve,
  close: parseClose,
  state: parseState,
  subscribe: parseSubscribe,
  unsubscribe: parseUnsubscribe,
  refresh: parseRefresh,
  watch: parseWatch,
  unwatch: parseUnwatch,
  put: (frame, form): PutFrame => ({ type: "put", id: idOf(frame), ...parsePut(frame, form) }),
  append: (frame, form): AppendFrame => ({ type: "append", id: idOf(frame), ...parseAppend(frame, form) }),
  drop: (frame): DropFrame => ({ type: "drop", id: idOf(frame), ...parseDrop(frame) }),
  datasets: (frame): DatasetsFrame => ({ type: "datasets", id: idOf(frame), ...parseDatasets(frame) }),
  train: (frame, form): TrainFrame => ({ type: "train", id: idOf(frame), ...parseTrain(frame, form) }),
  jobs: (frame): JobsFrame => ({ type: "jobs", id: idOf(frame), ...parseJobs(frame) }),
  cancel_job: (frame): CancelJobFrame => ({ type: "cancel_job", id: idOf(frame), ...parseCancelJob(frame) }),
  upload: (frame, form): UploadFrame => ({ type: "upload", id: idOf(frame), ...parseUpload(frame, form) }),
  promote: (frame): PromoteFrame => ({ type: "promote", id: idOf(frame), ...parsePromote(frame) }),
  rollback: (frame): RollbackFrame => ({ type: "rollback", id: idOf(frame), ...parseRollback(frame) }),
  schedule: (frame): ScheduleFrame => ({ type: "schedule", id: idOf(frame), ...parseSchedule(frame) }),
  schedules: (frame): SchedulesFrame => ({ type: "schedules", id: idOf(frame), ...parseSchedules(frame) }),
  unschedule: (frame): UnscheduleFrame => ({
    type: "unschedule",
    id: idOf(frame),
    ...parseUnschedule(frame),
  }),
};

/** Every type of frame that a client may send. */
export const clientFrameTypes: readonly string[] = Object.keys(parsers);

/**
 * Validates a decoded value as a client's frame.
 * @throws ProtocolError when it is not a frame: the connection is closed with 4400
 * @throws RequestError when it is a request with an invalid field: the request is answered with an error
 */
export function parseClientFrame(value: unknown, form: WireForm): ClientFrame {
  if (!isFields(value)) throw new ProtocolError(`a frame must be a map, got ${kindOf(value)}`);
  const { type } = value;
  if (!isClientType(type)) throw new ProtocolError(`unknown frame type ${shown(type)}`);
  if (type !== "hello" && !(type === "observe" && !has(value, "id"))) requireId(value);
  try {
    return parsers[type](value, form);
  } catch (error) {
    if (!(error instanceof HeadgateError)) throw error;
    if (type === "hello") throw new ProtocolError(`hello.${error.message}`);
    throw new RequestError(error, value);
  }
}

function isClientType(type: unknown): type is ClientFrame["type"] {
  return typeof type === "string" && Object.hasOwn(parsers, type);
}

function requireId(frame: Fields): void {
  const { id } = frame;
  if (typeof id !== "number" || !Number.isInteger(id) || id < 0 || id > idMax)
    throw new ProtocolError(
      `${String(frame["type"])}.id must be an unsigned 32-bit integer, got ${shown(id)}`,
    );
}

function idOf(frame: Fields): number {
  return frame["id"] as number; // validated by requireId
}

function parseHello(frame: Fields): HelloFrame {
  return {
    type: "hello",
    ...(has(frame, "token") && { token: readSecret(frame, "token", limits.token_length_max) }),
    ...(has(frame, "client") && { client: readString(frame, "client", limits.name_length_max) }),
    ...(has(frame, "max_message_bytes") && {
      max_message_bytes: readInteger(frame, "max_message_bytes", 1_024, Number.MAX_SAFE_INTEGER),
    }),
  };
}

function parseInfer(frame: Fields, form: WireForm): InferFrame {
  const infer: { -readonly [K in keyof InferFrame]: InferFrame[K] } = {
    type: "infer",
    id: idOf(frame),
    model: readString(frame, "model", limits.name_length_max),
    inputs: parseInputs(frame, form),
  };
  if (has(frame, "version")) infer.version = readString(frame, "version", limits.name_length_max);
  if (has(frame, "parameters")) infer.parameters = parseParameters(frame);
  if (has(frame, "outputs")) infer.outputs = parseNames(frame, "outputs");
  if (has(frame, "timeout_ms")) infer.timeout_ms = readNumber(frame, "timeout_ms", 0, limits.timeout_ms_max);
  if (has(frame, "priority")) infer.priority = readInteger(frame, "priority", 0, idMax);
  if (has(frame, "key")) infer.key = readString(frame, "key", limits.name_length_max);
  if (has(frame, "traceparent")) infer.traceparent = readString(frame, "traceparent", limits.name_length_max);
  return infer;
}

/** Reads the field `parameters`: a map of names to plain values. */
export function parseParameters(frame: Fields): Parameters {
  const given = readFields(frame, "parameters");
  const parameters: Record<string, ParameterValue> = {};
  for (const name of namesIn(given, "parameters", limits.parameters_max))
    parameters[name] = plain(given[name], `parameters.${name}`);
  return parameters;
}

function plain(value: unknown, field: string): ParameterValue {
  if (value === null || typeof value === "string" || typeof value === "number" || typeof value === "boolean")
    return value;
  throw invalidArgument(field, `must be a plain value, got ${shown(value)}`);
}

function parseNames(frame: Fields, field: string): readonly string[] {
  const list = frame[field];
  if (!Array.isArray(list) || list.length === 0 || list.length > limits.tensors_max)
    throw invalidArgument(field, `must be an array of 1 to ${limits.tensors_max} names, got ${shown(list)}`);
  for (const name of list) requireName(name, field);
  return list;
}

function parseCancel(frame: Fields): CancelFrame {
  return { type: "cancel", id: idOf(frame) };
}

function parseDescribe(frame: Fields): DescribeFrame {
  const id = idOf(frame);
  if (!has(frame, "model")) return { type: "describe", id };
  return { type: "describe", id, model: readString(frame, "model", limits.name_length_max) };
}

function parseOpen(frame: Fields, form: WireForm): OpenFrame {
  return {
    type: "open",
    id: idOf(frame),
    stream: readStreamName(frame),
    detector: readString(frame, "detector", limits.name_length_max),
    ...(has(frame, "parameters") && { parameters: parseParameters(frame) }),
    ...(has(frame, "replace") && { replace: readBoolean(frame, "replace") }),
    ...(has(frame, "history") && { history: parseHistory(readFields(frame, "history"), form) }),
  };
}

function parseHistory(history: Fields, form: WireForm): PastObservations {
  const { ts, values } = parseObservations(history, form, "history.");
  return { ts: typeof ts === "number" ? [ts] : ts, values };
}

function parseObserve(frame: Fields, form: WireForm): ObserveFrame {
  const id = has(frame, "id") ? { id: idOf(frame) } : {};
  return { type: "observe", ...id, stream: readStreamName(frame), ...parseObservations(frame, form, "") };
}

function parseObservations(
  fields: Fields,
  form: WireForm,
  path: string,
): { readonly ts: number | readonly number[]; readonly values: WireTensor } {
  const ts = parseTimes(fields, `${path}ts`);
  const values = parseTensor(fields["values"], `${path}values`, form);
  if (values.datatype !== "FP64" && values.datatype !== "FP32")
    throw invalidArgument(`${path}values.datatype`, `must be FP64 or FP32, got ${values.datatype}`);
  const rows = typeof ts === "number" ? 1 : ts.length;
  const [n = 1, d] = values.shape.length === 1 ? [1, values.shape[0]] : values.shape;
  if (
    values.shape.length > 2 ||
    d === undefined ||
    d < 1 ||
    n !== rows ||
    (values.shape.length === 1 && typeof ts !== "number")
  )
    throw invalidArgument(
      `${path}values.shape`,
      `must be ${typeof ts === "number" ? "[d] or [1, d]" : `[${rows}, d]`} with d of at least 1, as ts has ${rows}; got [${values.shape.join(", ")}]`,
    );
  return { ts, values };
}

function parseTimes(fields: Fields, path: string): number | readonly number[] {
  const { ts } = fields;
  if (isTime(ts)) return ts;
  if (!Array.isArray(ts) || ts.length === 0 || ts.length > limits.observations_max)
    throw invalidArgument(
      path,
      `must be milliseconds since the epoch, or an array of 1 to ${limits.observations_max} of them, got ${shown(ts)}`,
    );
  const odd = ts.findIndex((each) => !isTime(each));
  if (odd >= 0)
    throw invalidArgument(`${path}[${odd}]`, `must be milliseconds since the epoch, got ${shown(ts[odd])}`);
  return ts;
}

/**
 * Whether a time is within the range of dates. A stream's times only increase, so after one absurd time the stream
 * would refuse every later observation.
 */
function isTime(ts: unknown): ts is number {
  return typeof ts === "number" && Math.abs(ts) <= limits.time_ms_max;
}

function firstTime(ts: unknown): number | undefined {
  const first: unknown = Array.isArray(ts) ? ts[0] : ts;
  return isTime(first) ? first : undefined;
}

function parseClose(frame: Fields): CloseFrame {
  return { type: "close", id: idOf(frame), stream: readStreamName(frame) };
}

function parseState(frame: Fields): StateFrame {
  return {
    type: "state",
    id: idOf(frame),
    stream: readStreamName(frame),
    ...(has(frame, "path") && { path: readOneOf(frame, "path", ["filtered", "smoothed"]) }),
    ...(has(frame, "limit") && { limit: readInteger(frame, "limit", 1, limits.path_max) }),
    ...(has(frame, "values") && { values: readBoolean(frame, "values") }),
  };
}

function parseSubscribe(frame: Fields): SubscribeFrame {
  const topic = readTopic(frame);
  return {
    type: "subscribe",
    id: idOf(frame),
    topic,
    ...(has(frame, "since") && { since: parseSince(readFields(frame, "since"), topic) }),
    ...(has(frame, "mode") && { mode: readOneOf(frame, "mode", ["all", "latest"]) }),
    ...(has(frame, "heartbeat_ms") && {
      heartbeat_ms: readInteger(frame, "heartbeat_ms", limits.heartbeat_ms_min, limits.heartbeat_ms_max),
    }),
  };
}

function parseSince(since: Fields, topic: string): Since {
  const epoch = readString(since, "epoch", limits.name_length_max, "since.epoch");
  const field = topic.endsWith("*") ? "position" : "offset";
  return { epoch, [field]: readInteger(since, field, 0, Number.MAX_SAFE_INTEGER, `since.${field}`) };
}

function parseUnsubscribe(frame: Fields): UnsubscribeFrame {
  return { type: "unsubscribe", id: idOf(frame), topic: readTopic(frame) };
}

function parseRefresh(frame: Fields): RefreshFrame {
  return { type: "refresh", id: idOf(frame), token: readSecret(frame, "token", limits.token_length_max) };
}

function parseWatch(frame: Fields): WatchFrame {
  const topic = readWatchTopic(frame);
  if (has(frame, "contains") && topic !== "gateway.streams")
    throw invalidArgument("contains", `only gateway.streams can be narrowed, not ${topic}`);
  return {
    type: "watch",
    id: idOf(frame),
    topic,
    ...(has(frame, "interval_ms") && {
      interval_ms: readInteger(
        frame,
        "interval_ms",
        limits.watch_interval_ms_min,
        limits.watch_interval_ms_max,
      ),
    }),
    ...(has(frame, "contains") && {
      contains: readString(frame, "contains", limits.stream_name_length_max),
    }),
  };
}

function parseUnwatch(frame: Fields): UnwatchFrame {
  return { type: "unwatch", id: idOf(frame), topic: readWatchTopic(frame) };
}

function readWatchTopic(frame: Fields): WatchTopic {
  return readOneOf(frame, "topic", watchTopics);
}
