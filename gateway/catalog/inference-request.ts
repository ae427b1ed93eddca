/** What is asked of a servable, whichever face it came by. */
import type { Parameters, WireTensors } from "../../protocol/frames.js";

export interface InferenceRequest {
  readonly model: string;
  /** Absent: the one that the model's traffic says. */
  readonly version?: string | undefined;
  readonly inputs: WireTensors;
  readonly parameters?: Parameters | undefined;
  /** Names of the outputs wanted; all when absent. */
  readonly outputs?: readonly string[] | undefined;
  /** Milliseconds that remain, counted from receipt. 0 or absent: the model's default. */
  readonly timeoutMs?: number | undefined;
  /** 1 is the highest; 0 or absent the model's default. */
  readonly priority?: number | undefined;
  /** Idempotency key. */
  readonly key?: string | undefined;
  /** W3C trace context, for the log. */
  readonly traceparent?: string | undefined;
}
