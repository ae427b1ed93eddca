/** The frames the client asks with, and what their answers say. */
import type { Ack, ClientFrame, Infer, Result } from "../protocol/frames.js";
import { fromWire, toWire } from "../protocol/tensor.js";
import type { InferOptions, InferResult, Tensors } from "./options.js";
import type { Opened, StreamOptions } from "./stream.js";

export function inferFrame(
  id: number,
  model: string,
  inputs: Tensors,
  options: InferOptions,
  remainingMs: number,
): Infer {
  const { version, parameters, outputs, priority, key, traceparent } = options;
  return {
    type: "infer",
    id,
    model,
    timeout_ms: remainingMs,
    ...(version !== undefined && { version }),
    ...(parameters !== undefined && { parameters }),
    ...(outputs !== undefined && { outputs }),
    ...(priority !== undefined && { priority }),
    ...(key !== undefined && { key }),
    ...(traceparent !== undefined && { traceparent }),
    inputs: Object.fromEntries(Object.entries(inputs).map(([name, tensor]) => [name, toWire(tensor)])),
  };
}

export function resultOf({
  model,
  version,
  outputs,
  backend,
  precision,
  timing,
  cached,
}: Result): InferResult {
  return {
    model,
    version,
    outputs: Object.fromEntries(Object.entries(outputs).map(([name, tensor]) => [name, fromWire(tensor)])),
    backend,
    precision,
    timing: { queueMs: timing.queue_ms, computeMs: timing.compute_ms, batchSize: timing.batch_size },
    cached: cached ?? false,
    source: "gateway",
  };
}

export function openFrame(
  id: number,
  stream: string,
  { detector, parameters, replace }: StreamOptions,
): ClientFrame {
  return {
    type: "open",
    id,
    stream,
    detector,
    ...(parameters !== undefined && { parameters }),
    ...(replace && { replace }),
  };
}

export function openedOf(ack: Ack): Opened {
  const lastTs = ack["last_ts"];
  return {
    created: ack["created"] === true,
    lastTs: typeof lastTs === "number" ? lastTs : null,
    observations: Number(ack["observations"]),
  };
}
