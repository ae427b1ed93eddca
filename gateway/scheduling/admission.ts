/**
 * Decides whether a request that arrives can still be answered in time. The rule is pure and uses only the figures
 * that it is given.
 */
import { HeadgateError } from "../../protocol/errors.js";

export interface QueueLoad {
  /** The number of requests that wait for the same servable. */
  readonly queued: number;
  readonly queueMax: number;
  /** True when no request runs or waits before this one. */
  readonly idle: boolean;
  /** The expected milliseconds until the request is answered; 0 while no duration has been measured yet. */
  readonly waitMs: number;
}

/**
 * The share of a request's timeout that its computation may be expected to take. The rest is for sending the answer
 * and for delays at the caller. With 0.8 a model is kept as busy as with 0.9.
 */
const headroom = 0.8;

/** The refusal of a request whose queue is full. */
export function fullRefusal(
  model: string,
  { queued, queueMax, waitMs }: QueueLoad,
): HeadgateError | undefined {
  if (queued < queueMax) return undefined;
  return refuse(`${model}: ${queued} requests are waiting, the limit is ${queueMax}`, waitMs);
}

/** Whether a request is expected to be answered too late. */
export function isLate({ idle, waitMs }: Pick<QueueLoad, "idle" | "waitMs">, remainingMs: number): boolean {
  // An idle model always accepts a request: otherwise one slow answer would make it refuse every later request.
  return !idle && waitMs > headroom * remainingMs;
}

/** The refusal of a request that is expected to be answered late, or undefined when the request may queue. */
export function lateRefusal(
  model: string,
  { idle, waitMs }: QueueLoad,
  remainingMs: number,
): HeadgateError | undefined {
  if (!isLate({ idle, waitMs }, remainingMs)) return undefined;
  return refuse(
    `${model}: the queue takes about ${waitMs.toFixed(1)} ms, the request has ${remainingMs.toFixed(1)} ms left`,
    waitMs,
  );
}

/** The refusal of a request that was removed from a full queue because another tenant was entitled to its place. */
export function displacedRefusal(model: string, queueMax: number, waitMs: number): HeadgateError {
  return refuse(
    `${model}: ${queueMax} requests are waiting, most of them this tenant's, and another tenant needs a place`,
    waitMs,
  );
}

function refuse(message: string, waitMs: number): HeadgateError {
  return new HeadgateError("resource_exhausted", message, {
    processed: "no",
    retryAfterMs: Math.max(1, Math.ceil(waitMs)),
  });
}
