/** Decides whether one more job may wait. A job that is refused leaves nothing behind. Pure. */
import { HeadgateError } from "../../protocol/errors.js";
import { isFairShare } from "../quotas/fair-share.js";
import type { JobLimits } from "./job-limits.js";

/** What waits and runs already. */
export interface JobLoad {
  readonly queued: number;
  /** Jobs of the same tenant that wait. */
  readonly tenantQueued: number;
  /** Bytes of the inputs of all jobs that have not ended. */
  readonly inputBytes: number;
  readonly tenantInputBytes: number;
  /** Milliseconds until a place in the queue is expected to be free. */
  readonly waitMs: number;
}

type AdmissionLimits = Pick<JobLimits, "queuedMax" | "tenantQueuedMax" | "inputBytesMax">;

/** @throws HeadgateError resource_exhausted with what to do */
export function requireJobRoom(bytes: number, load: JobLoad, limits: AdmissionLimits): void {
  if (load.tenantQueued >= limits.tenantQueuedMax)
    throw full(
      `${load.tenantQueued} trainings of this tenant wait, and no more may (training.tenant_queued)`,
      load.waitMs,
    );
  if (load.queued >= limits.queuedMax)
    throw full(`${load.queued} trainings wait, and no more may (training.queued)`, load.waitMs);
  const free = limits.inputBytesMax - load.inputBytes - bytes;
  if (free >= 0 && isFairShare(load.tenantInputBytes + bytes, free)) return;
  throw new HeadgateError(
    "resource_exhausted",
    `inputs: ${bytes} bytes are more than may wait now beside the inputs of other trainings ` +
      `(training.input_bytes, ${limits.inputBytesMax}, of which one tenant may hold three quarters): put the data as a ` +
      "dataset and refer to it, or wait until other trainings have ended",
    { retryAfterMs: load.waitMs },
  );
}

function full(what: string, waitMs: number): HeadgateError {
  const seconds = Math.max(1, Math.ceil(waitMs / 1_000));
  return new HeadgateError(
    "resource_exhausted",
    `${what}: send it again in about ${seconds} s, or cancel trainings that are needed no longer (jobs, cancel_job)`,
    { retryAfterMs: waitMs },
  );
}
