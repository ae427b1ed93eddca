/** Whether a request can still be answered in time: a pure rule over what is known now. */
import { HeadgateError } from "../../protocol/errors.js";

export interface QueueLoad {
  /** Requests that wait for the same servable. */
  readonly queued: number;
  readonly queueMax: number;
  /** Nothing runs or waits before it. */
  readonly idle: boolean;
  /** Milliseconds until it is answered; 0 while nothing is known. */
  readonly waitMs: number;
}

/**
 * Share of its time that a request may be expected to take: the way back and its caller's delays come on top, and
 * a queue of eight tenths of its deadlines keeps a model as busy as one of nine.
 */
const headroom = 0.8;

/** The refusal of a queue that has no place for it. */
export function fullRefusal(
  model: string,
  { queued, queueMax, waitMs }: QueueLoad,
): HeadgateError | undefined {
  if (queued < queueMax) return undefined;
  return refuse(`${model}: ${queued} requests are waiting, the limit is ${queueMax}`, waitMs);
}

/** The refusal of a request that is expected to be late, or undefined: it may queue. */
export function lateRefusal(
  model: string,
  { idle, waitMs }: QueueLoad,
  remainingMs: number,
): HeadgateError | undefined {
  // An idle model always takes a request: otherwise one slow answer would shut it for good.
  if (idle || waitMs <= headroom * remainingMs) return undefined;
  return refuse(
    `${model}: the queue takes about ${waitMs.toFixed(1)} ms, the request has ${remainingMs.toFixed(1)} ms left`,
    waitMs,
  );
}

/** The refusal of one that waited, for the place is another tenant's share. */
export function pushedOut(model: string, queueMax: number, waitMs: number): HeadgateError {
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
