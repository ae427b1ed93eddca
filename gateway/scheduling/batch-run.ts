/** A batch that a worker computes, and what is updated when it ends. */
import { scatter } from "../../engines/batch.js";
import type { ExecutionResult } from "../../engines/engine.js";
import { type HeadgateError, invalidArgument } from "../../protocol/errors.js";
import type { WireTensors } from "../../protocol/frames.js";
import type { Answer, QueuedRequest } from "./queued-request.js";
import type { ServableQueue } from "./servable-queues.js";
import type { TenantShares } from "./tenant-shares.js";

export interface BatchRun {
  readonly queue: ServableQueue;
  readonly batch: readonly QueuedRequest[];
  readonly rows: number;
  /** When the batch was handed to the worker, in milliseconds of the clock without pauses. */
  readonly activeAt: number;
  /** True once the run was asked to stop because another tenant waits. */
  yielding: boolean;
}

/**
 * Updates the estimates of the servable's speed after a run.
 * @param now on the clock without pauses
 */
export function updateEstimates(
  { queue, batch, rows, activeAt }: BatchRun,
  computeMs: number,
  now: number,
): void {
  queue.probes.ran();
  if (queue.lane.inBatches) {
    queue.service.finished(activeAt, now);
    queue.rowMs.record(computeMs / rows);
    queue.batchSize.took(rows, computeMs);
  } else for (const { costClass } of batch) queue.costs.took(costClass, computeMs);
}

/**
 * Charges each tenant for its share of the batch's computing time, by its rows.
 * @param now milliseconds on the monotonic clock
 */
export function chargeTenants(
  { batch, rows }: BatchRun,
  tookMs: number,
  shares: TenantShares,
  now: number,
): void {
  for (const request of batch) {
    const ownMs = (tookMs * request.rows) / rows;
    shares.finish(request.account, request.chargedMs, ownMs);
    shares.leave(request.account);
    request.job.meter?.computed(ownMs, now);
  }
}

/** Charges the tenants of a run that takes longer than expected for the additional time so far. */
export function chargeOverrun({ batch, activeAt }: BatchRun, now: number, shares: TenantShares): void {
  const elapsed = now - activeAt;
  for (const request of batch) {
    if (elapsed <= request.chargedMs) continue;
    shares.charge(request.account, elapsed - request.chargedMs);
    request.chargedMs = elapsed;
  }
}

/** Pairs each request of a batch with its part of the result, or with the error for its rows. */
export function* answersOf(
  { queue, batch, rows }: BatchRun,
  done: ExecutionResult,
): Generator<[QueuedRequest, Answer | HeadgateError]> {
  const { computeMs, backend, precision, inline } = done;
  const { name: model, version } = queue.servable.signature;
  const shares = scatter(
    done.outputs,
    batch.map((request) => request.rows),
  );
  let row = 0;
  for (const [i, request] of batch.entries()) {
    const refused = refusedIn(done, row, request.rows);
    row += request.rows;
    if (refused !== undefined) {
      yield [request, invalidArgument("inputs", refused)];
      continue;
    }
    const timing = {
      queue_ms: request.queueMs,
      compute_ms: computeMs,
      batch_size: rows,
      ...(inline !== undefined && { inline }),
    };
    const outputs = chosen(shares[i] ?? {}, request.job.outputs);
    yield [request, { model, version, backend, precision, timing, outputs }];
  }
}

/**
 * The reason why a row of this request was refused, with the row counted within the request; undefined when none was.
 */
function refusedIn({ refused = [] }: ExecutionResult, from: number, rows: number): string | undefined {
  const found = refused.find(({ row }) => row >= from && row < from + rows);
  return found && `row ${found.row - from}: ${found.reason}`;
}

/**
 * The outputs to compute for a batch: every output that at least one request asks for, or null (all outputs) when a
 * request asks for all.
 */
export function sharedOutputs(batch: readonly QueuedRequest[]): readonly string[] | null {
  const names = new Set<string>();
  for (const { job } of batch) {
    if (job.outputs === undefined) return null;
    for (const name of job.outputs) names.add(name);
  }
  return [...names];
}

function chosen(outputs: WireTensors, wanted: readonly string[] | undefined): WireTensors {
  if (wanted === undefined) return outputs;
  return Object.fromEntries(Object.entries(outputs).filter(([name]) => wanted.includes(name)));
}
