/** What becomes of the jobs that a gateway leaves, when it stops and when the next one finds them. Pure. */
import { HeadgateError } from "../../protocol/errors.js";
import type { QuotaAccount } from "../quotas/quota-account.js";
import { Job } from "./job.js";
import type { JobLimits } from "./job-limits.js";
import { hasEnded, type JobRecord } from "./job-record.js";

export function restoredJob(record: JobRecord, limits: JobLimits, account: QuotaAccount | undefined): Job {
  const resources = hasEnded(record) ? undefined : { account, waiting: undefined, inputs: undefined };
  const job = new Job(record, resources, limits);
  job.isStored = true;
  return job;
}

/**
 * The record with which a stopped gateway leaves a running job, so that the next one begins it again; undefined where
 * the record stays: a job that waits, one that nobody waits for any more, and one that is being published, of which
 * the next gateway must first see whether its version is there.
 */
export function stoppedRecord(record: JobRecord): JobRecord | undefined {
  const { background, state, stage, restarts } = record;
  if (!background || state !== "running" || stage === "publish") return undefined;
  return { ...record, state: "queued", stage: null, restarts: restarts + 1 };
}

export type TakeUpPlan =
  | { readonly kind: "ended" }
  | { readonly kind: "fail"; readonly state: "failed" | "cancelled"; readonly error: HeadgateError }
  /** It waits for a place again, with this change. */
  | { readonly kind: "queue"; readonly change: Partial<JobRecord> };

/** What a gateway does with a job that it finds in the store. */
export function takeUpPlan(record: JobRecord, { restartsMax }: Pick<JobLimits, "restartsMax">): TakeUpPlan {
  const { background, state, restarts, crashes } = record;
  if (hasEnded(record)) return { kind: "ended" };
  if (!background)
    return {
      kind: "fail",
      state: "cancelled",
      error: new HeadgateError(
        "cancelled",
        "the gateway was restarted, and the request that waited for this job has ended with it",
      ),
    };
  if (state === "queued") return { kind: "queue", change: {} };
  if (crashes >= restartsMax)
    return {
      kind: "fail",
      state: "failed",
      error: new HeadgateError(
        "resource_exhausted",
        `the gateway ended ${crashes + 1} times while this job ran, without having been stopped: it is not begun again, ` +
          "because it may be the reason. Look at the gateway's log, and train on fewer rows or with smaller parameters",
      ),
    };
  return {
    kind: "queue",
    change: { state: "queued", stage: null, startedTs: null, restarts: restarts + 1, crashes: crashes + 1 },
  };
}
