/** Turns an error into a frame that says which request it answers. */
import type { HeadgateError } from "../../../protocol/errors.js";
import type { ErrorFrame, InferFrame, ObserveFrame } from "../../../protocol/frames.js";
import type { TrainFrame } from "../../../protocol/train-frames.js";
import type { RequestFrame } from "./handlers.js";

export interface FrameReference {
  readonly id?: number | undefined;
  readonly stream?: string | undefined;
  readonly ts?: number | undefined;
  readonly topic?: string | undefined;
}

/** Undefined fields are left out of the frame. */
export function errorFrame(error: HeadgateError, { id, stream, ts, topic }: FrameReference): ErrorFrame {
  return {
    type: "error",
    ...(id !== undefined && { id }),
    ...(stream !== undefined && { stream }),
    ...(ts !== undefined && { ts }),
    ...(topic !== undefined && { topic }),
    code: error.code,
    message: error.message,
    retryable: error.retryable,
    ...(error.retryAfterMs !== undefined && { retry_after_ms: error.retryAfterMs }),
    processed: error.processed,
  };
}

/** The fields of an error frame that identify the request it answers. */
export function aboutOf(frame: RequestFrame | InferFrame | TrainFrame | ObserveFrame): FrameReference {
  const { id } = frame;
  if (!("stream" in frame)) return { id };
  if (frame.type !== "observe") return { id, stream: frame.stream };
  return { id, stream: frame.stream, ts: typeof frame.ts === "number" ? frame.ts : frame.ts[0] };
}
