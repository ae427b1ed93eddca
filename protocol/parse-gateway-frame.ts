/**
 * Validates what a gateway sends. Unknown frames and fields are ignored, so that newer gateways can add some; the
 * fields that the client uses are checked.
 */
import { fromBase64 } from "./base64.js";
import { errorCodes, HeadgateError, ProtocolError } from "./errors.js";
import { type Fields, isFields, shown } from "./fields.js";
import type { GatewayFrame, WireTensors } from "./frames.js";
import { parseTensor, type WireForm } from "./parse-tensor.js";
import type { WireTensor } from "./tensor.js";

type FieldKind = "string" | "number" | "boolean" | "object";
type RequiredFields = Readonly<Record<GatewayFrame["type"], Readonly<Record<string, FieldKind>>>>;

/** The fields that a client uses, by frame. */
const required: RequiredFields = {
  welcome: { connection: "string", epoch: "string", ping_ms: "number", pong_ms: "number", credits: "number" },
  result: { id: "number", model: "string", version: "string", outputs: "object", timing: "object" },
  ack: { id: "number" },
  error: { code: "string", message: "string", retryable: "boolean", processed: "string" },
  snapshot: { topic: "string", epoch: "string", offset: "number", position: "number", recovered: "boolean" },
  event: { topic: "string", epoch: "string", offset: "number", position: "number", data: "object" },
  heartbeat: { topic: "string", epoch: "string", position: "number" },
  sample: { topic: "string", ts: "number", seq: "number", data: "object" },
  drain: { deadline_ms: "number", retry_min_ms: "number", retry_max_ms: "number" },
};

/** The same fields as lists, because looping over a list is faster and this runs for every answer. */
const requirements = new Map(
  Object.entries(required).map(([type, fields]) => [type, Object.entries(fields)] as const),
);

/**
 * Validates a decoded value as a gateway's frame; undefined when its type is unknown.
 * @throws ProtocolError when a known frame lacks a field that the client uses
 */
export function parseGatewayFrame(value: unknown, form: WireForm): GatewayFrame | undefined {
  if (!isFields(value)) throw new ProtocolError(`a frame must be a map, got ${shown(value)}`);
  if (!isKnown(value)) return undefined;
  for (const [field, kind] of requirements.get(value.type) ?? [])
    if (kind === "object" ? !isFields(value[field]) : typeof value[field] !== kind)
      throw new ProtocolError(
        `${value.type}.${field} must be a ${kind === "object" ? "map" : kind}, got ${shown(value[field])}`,
      );
  if (value.type === "result") return parseResult(value, form);
  if (value.type === "ack") return parseAck(value, form);
  if (value.type === "error" && !errorCodes.some((code) => code === value["code"]))
    return { ...value, code: "internal" } as GatewayFrame;
  return value as GatewayFrame;
}

function isKnown(value: Fields): value is Fields & { readonly type: GatewayFrame["type"] } {
  const { type } = value;
  return typeof type === "string" && Object.hasOwn(required, type);
}

function parseResult(value: Fields, form: WireForm): GatewayFrame {
  const { training } = value;
  if (training !== undefined && !(isFields(training) && typeof training["job"] === "string"))
    throw new ProtocolError(`result.training must be a map with the job's name, got ${shown(training)}`);
  return { ...value, outputs: parseOutputs(value["outputs"], "result", form) } as GatewayFrame;
}

/** The tensors and bytes in the answers to `state` and `jobs`. */
function parseAck(value: Fields, form: WireForm): GatewayFrame {
  const { path, outputs, onnx } = value;
  return {
    ...value,
    ...(isFields(path) && { path: parsePath(path, form) }),
    ...(isFields(outputs) && { outputs: parseOutputs(outputs, "ack", form) }),
    ...(isFields(onnx) && form === "json" && { onnx: parsePart(onnx) }),
  } as GatewayFrame;
}

/** The bytes of a part of a model, which are base64 in JSON. */
function parsePart(part: Fields): Fields {
  try {
    return { ...part, bytes: fromBase64(part["bytes"], "onnx.bytes") };
  } catch (error) {
    throw error instanceof HeadgateError ? new ProtocolError(`ack.${error.message}`) : error;
  }
}

/** Validates the tensors of a stream's path; other fields stay as they are. */
function parsePath(path: Fields, form: WireForm): Fields {
  try {
    const names = ["ts", "regime", "probabilities", ...("values" in path ? ["values"] : [])];
    const tensors = names.map((name) => [name, parseTensor(path[name], `path.${name}`, form)]);
    return { ...path, ...Object.fromEntries(tensors) };
  } catch (error) {
    throw error instanceof HeadgateError ? new ProtocolError(`ack.${error.message}`) : error;
  }
}

function parseOutputs(outputs: unknown, frame: "result" | "ack", form: WireForm): WireTensors {
  if (!isFields(outputs)) throw new ProtocolError(`${frame}.outputs must be a map`);
  const tensors: Record<string, WireTensor> = {};
  try {
    for (const name in outputs)
      if (name !== "__proto__") tensors[name] = parseTensor(outputs[name], `outputs.${name}`, form);
    return tensors;
  } catch (error) {
    throw error instanceof HeadgateError ? new ProtocolError(`${frame}.${error.message}`) : error;
  }
}
