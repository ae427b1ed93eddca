/** Which fit ends, so that another tenant's may run. Pure. */
import { HeadgateError } from "../../protocol/errors.js";
import type { BatchRun } from "./batch-run.js";
import type { TenantAccount } from "./tenant-shares.js";

/** The longest of the fits whose tenants have had more than the one that waits; none while one is ending already. */
export function yielder(runs: readonly BatchRun[], waiting: TenantAccount): BatchRun | undefined {
  if (runs.some((run) => run.yielding)) return undefined;
  let longest: BatchRun | undefined;
  for (const run of runs)
    if (run.batch.every(({ account }) => account !== waiting && account.usedMs > waiting.usedMs))
      if (longest === undefined || run.activeAt < longest.activeAt) longest = run;
  return longest;
}

/** What the one is told whose fit ends. */
export function yielded({ queue, activeAt }: BatchRun, now: number): HeadgateError {
  const { name } = queue.servable.signature;
  const seconds = ((now - activeAt) / 1_000).toFixed(1);
  return new HeadgateError(
    "resource_exhausted",
    `${name}: stopped after ${seconds} s, for another tenant waits and this one has had more: ` +
      "ask for fewer starts, iterations or rows at once",
    { processed: "maybe", retryAfterMs: Math.ceil(now - activeAt) },
  );
}
