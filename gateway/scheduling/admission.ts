/** Whether a request can still be answered in time: a pure rule over what is known now. */
import { HeadgateError } from "../../protocol/errors.js";

export interface Load {
  /** Requests that wait. */
  readonly queued: number;
  readonly queueMax: number;
  /** Rows that will be computed before this request, those being computed included. */
  readonly rowsAhead: number;
  /** Rows in a full batch; 1 for what takes no batches. */
  readonly batchRows: number;
  /** Batches computed side by side. */
  readonly instances: number;
  /** Milliseconds a batch takes at present; undefined before the first. */
  readonly batchMs: number | undefined;
}

/** The refusal, or undefined: the request may queue. */
export function refusal(model: string, load: Load, remainingMs: number): HeadgateError | undefined {
  const wait = expectedWaitMs(load);
  if (load.queued >= load.queueMax)
    return refuse(`${model}: ${load.queued} requests are waiting, the limit is ${load.queueMax}`, wait);
  // An idle model always takes a request: otherwise one slow answer would shut it for good.
  if (load.rowsAhead === 0 || wait <= remainingMs) return undefined;
  return refuse(
    `${model}: the queue takes about ${wait.toFixed(1)} ms, the request has ${remainingMs.toFixed(1)} ms left`,
    wait,
  );
}

export function expectedWaitMs({ rowsAhead, batchRows, instances, batchMs }: Load): number {
  if (batchMs === undefined) return 0;
  const batches = Math.ceil((rowsAhead + 1) / batchRows);
  return Math.ceil(batches / instances) * batchMs;
}

function refuse(message: string, waitMs: number): HeadgateError {
  return new HeadgateError("resource_exhausted", message, {
    processed: "no",
    retryAfterMs: Math.max(1, Math.ceil(waitMs)),
  });
}
