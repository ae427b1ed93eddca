/** Converts the frames of training to requests, and answers to what frames and HTTP bodies carry. */
import type { InputsUsed } from "../../protocol/reference.js";
import type { TrainFrame } from "../../protocol/train-frames.js";
import type { TrainingAnswer, TrainingRequest } from "./training-request.js";

export function trainingRequest(frame: TrainFrame): TrainingRequest {
  const { trainer, version, inputs, parameters, label, key, priority, traceparent } = frame;
  return {
    trainer,
    version,
    inputs,
    parameters,
    keepSeconds: frame.keep_seconds,
    publication: frame.publish,
    background: frame.background === true,
    label,
    key,
    timeoutMs: frame.timeout_ms,
    priority,
    traceparent,
  };
}

/** The fields of a `result`, all but those that a socket needs to find its request. */
export function resultFields(answered: TrainingAnswer, cached: boolean) {
  const { model, version, backend, precision, timing, inputsUsed, training, outputs } = answered;
  return {
    model,
    version,
    backend,
    precision,
    timing,
    cached: cached || undefined,
    inputs_used: inputsUsed,
    training,
    outputs, // the last field, so that a large tensor ends the message
  };
}

/** The fields of the `ack` of a training in the background; undefined for one that was waited for. */
export function backgroundFields({
  job,
  inputsUsed,
}: TrainingAnswer): { readonly job: string; readonly inputs_used: InputsUsed | undefined } | undefined {
  return job === undefined ? undefined : { job, inputs_used: inputsUsed };
}
