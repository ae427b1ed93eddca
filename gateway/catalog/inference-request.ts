/** An inference request in the form that all faces share. */
import type { Parameters, WireTensors } from "../../protocol/frames.js";
import type { InferInputs } from "../../protocol/reference.js";

export interface InferenceRequest {
  readonly model: string;
  /** Absent: the version is chosen by the model's routing. */
  readonly version?: string | undefined;
  readonly inputs: InferInputs;
  readonly parameters?: Parameters | undefined;
  /** Names of the requested outputs; all outputs when absent. */
  readonly outputs?: readonly string[] | undefined;
  /** Milliseconds until the deadline, counted from receipt. 0 or absent: the model's default. */
  readonly timeoutMs?: number | undefined;
  /** 1 is the highest; 0 or absent: the model's default. */
  readonly priority?: number | undefined;
  /** The idempotency key. */
  readonly key?: string | undefined;
  /** The W3C trace context, which is written to the log. */
  readonly traceparent?: string | undefined;
}

/** An inference request whose references are replaced by the tensors that they stand for. */
export interface TensorRequest extends InferenceRequest {
  readonly inputs: WireTensors;
}
