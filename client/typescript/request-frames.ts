/** Makes the frames of requests, and reads their answers. */
import type { AckFrame, ClientFrame, InferFrame, ResultFrame } from "../../protocol/frames.js";
import type { InferInput } from "../../protocol/reference.js";
import { fromWire, type Tensor, toWire, type WireTensor } from "../../protocol/tensor.js";
import type { InferOptions, InferResult, Inputs } from "./options.js";
import { asTensor, type OpenStreamResult, type StreamOptions } from "./stream.js";

export function inferFrame(
  id: number,
  model: string,
  inputs: Inputs,
  options: InferOptions,
  remainingMs: number,
): InferFrame {
  const { version, parameters, outputs, priority, key, traceparent } = options;
  return {
    type: "infer",
    id,
    model,
    version,
    parameters,
    outputs,
    timeout_ms: remainingMs,
    priority,
    key,
    traceparent,
    inputs: wiredInputs(inputs), // last, so that a large one ends the message
  };
}

export function wiredInputs(inputs: Inputs): Record<string, InferInput> {
  const wired: Record<string, InferInput> = {};
  for (const name in inputs) {
    const input = inputs[name] as Inputs[string];
    const value = "datatype" in input ? toWire(input) : input;
    if (name !== "__proto__") wired[name] = value;
    else Object.defineProperty(wired, name, { value, enumerable: true }); // else its fields would become inputs
  }
  return wired;
}

export function resultOf({
  model,
  version,
  outputs,
  backend,
  precision,
  timing,
  cached,
  inputs_used: inputsUsed,
}: ResultFrame): InferResult {
  const tensors: Record<string, Tensor> = {};
  for (const name in outputs) tensors[name] = fromWire(outputs[name] as WireTensor);
  return {
    model,
    version,
    outputs: tensors,
    backend,
    precision,
    timing: { queueMs: timing.queue_ms, computeMs: timing.compute_ms, batchSize: timing.batch_size },
    cached: cached ?? false,
    source: "gateway",
    ...(inputsUsed !== undefined && { inputsUsed }),
  };
}

export function openFrame(
  id: number,
  stream: string,
  { detector, parameters, replace, history }: StreamOptions,
): ClientFrame {
  return {
    type: "open",
    id,
    stream,
    detector,
    ...(parameters !== undefined && { parameters }),
    ...(replace && { replace }),
    ...(history !== undefined && {
      history: { ts: history.ts, values: toWire(asTensor(history.values)) },
    }),
  };
}

export function openStreamResultOf(ack: AckFrame): OpenStreamResult {
  const lastTs = ack["last_ts"];
  return {
    created: ack["created"] === true,
    lastTs: typeof lastTs === "number" ? lastTs : null,
    observations: Number(ack["observations"]),
  };
}
