/** Converts an `infer` frame to an inference request, and the answer to a frame. */
import type { InferFrame, ResultFrame } from "../../../protocol/frames.js";
import type { InferenceRequest } from "../../catalog/inference-request.js";
import type { Answer } from "../../scheduling/queued-request.js";

export function inferenceRequest(frame: InferFrame): InferenceRequest {
  const {
    model,
    version,
    inputs,
    parameters,
    outputs,
    timeout_ms: timeoutMs,
    priority,
    key,
    traceparent,
  } = frame;
  return { model, version, inputs, parameters, outputs, timeoutMs, priority, key, traceparent };
}

export function resultFrame(id: number, answered: Answer, cached: boolean): ResultFrame {
  const { model, version, outputs, backend, precision, timing, inputsUsed } = answered;
  return {
    type: "result",
    id,
    model,
    version,
    backend,
    precision,
    timing,
    cached: cached || undefined,
    inputs_used: inputsUsed,
    outputs, // the last field, so that a large tensor ends the message
  };
}
