/**
 * Translates an Open Inference request to an inference request. `parameters` of the protocol and of Triton are read
 * here, and all others are the servable's own.
 */
import { invalidArgument } from "../../../../protocol/errors.js";
import {
  type Fields,
  has,
  isFields,
  kindOf,
  readBoolean,
  readFields,
  readInteger,
  readString,
  shown,
} from "../../../../protocol/fields.js";
import { idMax, limits } from "../../../../protocol/limits.js";
import { parseParameters } from "../../../../protocol/parse-client-frame.js";
import type { InferenceRequest } from "../../../catalog/inference-request.js";
import { parseJson } from "../json-text.js";
import { readInputs } from "./input-tensors.js";

export interface OpenInferenceRequest {
  readonly request: InferenceRequest;
  /** The client's own name of the request, which the response repeats. */
  readonly id: string | undefined;
  /** Whether an output is answered in binary. */
  readonly isBinary: (output: string) => boolean;
}

/** What is not in the body: the path and the headers. */
export interface RequestLine {
  readonly model: string;
  readonly version: string | undefined;
  /** Bytes of the JSON at the beginning of the body; absent when all of it is JSON. */
  readonly headerLength: string | undefined;
  readonly key: string | undefined;
  readonly traceparent: string | undefined;
}

const microsecondsMax = limits.timeout_ms_max * 1_000;

/** @throws HeadgateError invalid_argument that names the field */
export function readInferRequest(body: Uint8Array, line: RequestLine): OpenInferenceRequest {
  const [json, binary] = split(body, line.headerLength);
  const parsed = parseJson(json);
  if (!isFields(parsed)) throw invalidArgument("the body", `must be a JSON object, got ${kindOf(parsed)}`);
  const given = has(parsed, "parameters") ? readFields(parsed, "parameters") : {};
  const { timeout, priority, binary_data_output, ...rest } = given;
  const outputs = has(parsed, "outputs") ? readOutputs(parsed["outputs"]) : undefined;
  const fallback = has(given, "binary_data_output") && readBoolean(given, "binary_data_output");
  return {
    id: has(parsed, "id") ? readId(parsed) : undefined,
    isBinary: (output) => outputs?.get(output) ?? fallback,
    request: {
      model: line.model,
      version: line.version,
      inputs: readInputs(parsed["inputs"], binary),
      parameters: parseParameters({ parameters: withoutReserved(rest) }),
      outputs: outputs && [...outputs.keys()],
      timeoutMs: timeout === undefined ? undefined : readTimeout(given),
      priority: priority === undefined ? undefined : readInteger(given, "priority", 0, idMax),
      key: line.key,
      traceparent: line.traceparent,
    },
  };
}

/**
 * The parser is chosen by `Inference-Header-Content-Length` alone: Triton's clients send no content type, or always
 * the same one.
 */
function split(body: Uint8Array, headerLength: string | undefined): [Uint8Array, Uint8Array] {
  if (headerLength === undefined) return [body, body.subarray(body.length)];
  const length = Number(headerLength);
  if (!/^\d{1,15}$/.test(headerLength) || length > body.length)
    throw invalidArgument(
      "Inference-Header-Content-Length",
      `must be at most the ${body.length} bytes of the body, got ${shown(headerLength)}`,
    );
  return [body.subarray(0, length), body.subarray(length)];
}

function readId(fields: Fields): string {
  return readString(fields, "id", limits.name_length_max);
}

function readTimeout(parameters: Fields): number {
  return readInteger(parameters, "timeout", 0, microsecondsMax, "parameters.timeout") / 1_000;
}

/** The outputs that are asked for, with whether each wants binary; undefined where the request's default holds. */
function readOutputs(list: unknown): ReadonlyMap<string, boolean | undefined> {
  if (!Array.isArray(list)) throw invalidArgument("outputs", `must be an array, got ${shown(list)}`);
  if (list.length > limits.tensors_max)
    throw invalidArgument("outputs", `at most ${limits.tensors_max}, got ${list.length}`);
  const outputs = new Map<string, boolean | undefined>();
  for (const [i, value] of list.entries()) {
    if (!isFields(value)) throw invalidArgument(`outputs[${i}]`, `must be a map, got ${shown(value)}`);
    const name = readString(value, "name", limits.name_length_max, `outputs[${i}].name`);
    const parameters = has(value, "parameters") ? readFields(value, "parameters") : {};
    if (has(parameters, "classification"))
      throw invalidArgument(`outputs[${i}].parameters.classification`, "is not offered: ask for the scores");
    if (has(parameters, "shared_memory_region"))
      throw invalidArgument(`outputs[${i}].parameters.shared_memory_region`, "shared memory is not offered");
    outputs.set(name, has(parameters, "binary_data") ? readBoolean(parameters, "binary_data") : undefined);
  }
  return outputs;
}

/** Sequences of Triton are refused, and what else it reserves for itself is of no use to a servable. */
function withoutReserved(parameters: Fields): Fields {
  const own: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(parameters)) {
    if (name.startsWith("sequence_") && value !== 0 && value !== false && value !== "")
      throw invalidArgument(`parameters.${name}`, "sequences are not offered: a request stands for itself");
    if (!name.startsWith("sequence_") && !name.startsWith("triton_") && name !== "headers") own[name] = value;
  }
  return own;
}
