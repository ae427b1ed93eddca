/** Decides which running fit is stopped so that another tenant's fit can run. Pure. */
import { HeadgateError } from "../../protocol/errors.js";
import type { BatchRun } from "./batch-run.js";
import type { TenantAccount } from "./tenant-shares.js";

/**
 * The longest-running fit of a tenant that has used more time than the waiting tenant; undefined while another fit is
 * already being stopped.
 */
export function runToStop(runs: readonly BatchRun[], waiting: TenantAccount): BatchRun | undefined {
  if (runs.some((run) => run.yielding)) return undefined;
  let longest: BatchRun | undefined;
  for (const run of runs)
    if (run.batch.every(({ account }) => account !== waiting && account.usedMs > waiting.usedMs))
      if (longest === undefined || run.activeAt < longest.activeAt) longest = run;
  return longest;
}

/** The error that the request of the stopped fit is answered with. */
export function stoppedFitError({ queue, activeAt }: BatchRun, now: number): HeadgateError {
  const { name } = queue.servable.signature;
  const seconds = ((now - activeAt) / 1_000).toFixed(1);
  return new HeadgateError(
    "resource_exhausted",
    `${name}: stopped after ${seconds} s, for another tenant waits and this one has had more: ` +
      "ask for fewer starts, iterations or rows at once",
    { processed: "maybe", retryAfterMs: Math.ceil(now - activeAt) },
  );
}
