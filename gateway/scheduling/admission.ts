/** Whether a request can still be answered in time: a pure rule over what is known now. */
import { HeadgateError } from "../../protocol/errors.js";
import type { ServiceTime } from "./service-time.js";

export interface Load {
  /** Requests that wait. */
  readonly queued: number;
  readonly queueMax: number;
  /** Rows that will be computed before this request, those being computed included. */
  readonly rowsAhead: number;
  /** Rows in a full batch; 1 for what takes no batches. */
  readonly batchRows: number;
  readonly service: Pick<ServiceTime, "expectedMs">;
}

/**
 * Share of its time that a request may be expected to take: the way back and its caller's delays come on top, and
 * a queue of eight tenths of its deadlines keeps a model as busy as one of nine.
 */
const headroom = 0.8;

/** The refusal, or undefined: the request may queue. */
export function refusal(model: string, load: Load, remainingMs: number): HeadgateError | undefined {
  const wait = expectedWaitMs(load);
  if (load.queued >= load.queueMax)
    return refuse(`${model}: ${load.queued} requests are waiting, the limit is ${load.queueMax}`, wait);
  // An idle model always takes a request: otherwise one slow answer would shut it for good.
  if (load.rowsAhead === 0 || wait <= headroom * remainingMs) return undefined;
  return refuse(
    `${model}: the queue takes about ${wait.toFixed(1)} ms, the request has ${remainingMs.toFixed(1)} ms left`,
    wait,
  );
}

/** Milliseconds until it is answered; 0 while nothing is known of the model's speed. */
export function expectedWaitMs({ rowsAhead, batchRows, service }: Load): number {
  return service.expectedMs(Math.ceil((rowsAhead + 1) / batchRows));
}

function refuse(message: string, waitMs: number): HeadgateError {
  return new HeadgateError("resource_exhausted", message, {
    processed: "no",
    retryAfterMs: Math.max(1, Math.ceil(waitMs)),
  });
}
