/** What stands before a request that would join its queue now, and how long that takes. */
import type { QueueLoad } from "./admission.js";
import type { BatchRun } from "./batch-run.js";
import { dueTo } from "./model-queue.js";
import type { QueuedRequest } from "./queued-request.js";
import type { ServableQueue } from "./servable-queues.js";
import type { TenantAccount } from "./tenant-shares.js";

/** A model's: counted in batches, by the time from one answer to the next. */
export function modelLoad(queue: ServableQueue, request: QueuedRequest): QueueLoad {
  const { requests, service, batchSize, servable } = queue;
  const rowsAhead = requests.rowsAhead(request) + queue.runningRows;
  // Where each request is computed by itself, those before it are taken to be of its own size.
  const batchRows = servable.scheduling.gathering?.allowed === false ? request.rows : batchSize.rows;
  return {
    queued: requests.size,
    queueMax: servable.scheduling.maxQueueSize,
    idle: rowsAhead === 0,
    waitMs: service.expectedMs(Math.ceil((rowsAhead + 1) / batchRows)),
  };
}

/** What a lane of fits has in hand. */
export interface FitLane {
  /** Lines of fits with waiting requests. */
  readonly queues: readonly ServableQueue[];
  readonly runs: readonly BatchRun[];
  /** Fits that may run side by side. */
  readonly workers: number;
}

/** A fit's: the sum of what those before it are expected to cost, of every servable, over the workers they share. */
export function fitLoad(
  queue: ServableQueue,
  request: QueuedRequest,
  { queues, runs, workers }: FitLane,
  now: number,
): QueueLoad {
  const own = knownMs(queue, request.costClass);
  const waiting = aheadMs(request, own, queues);
  const busy = runs.length >= workers;
  const remaining = runs.reduce((sum, run) => sum + leftMs(run, now), 0);
  return {
    queued: queue.requests.size,
    queueMax: queue.servable.scheduling.maxQueueSize,
    idle: !busy && queues.length === 0,
    waitMs: own + (waiting + (busy ? remaining : 0)) / workers,
  };
}

/** The tenant's own as urgent or more, and of others what their weight gives them meanwhile. */
function aheadMs(
  { account, priority }: QueuedRequest,
  own: number,
  queues: readonly ServableQueue[],
): number {
  let mine = 0;
  const others = new Map<TenantAccount, number>();
  for (const each of queues) {
    const cost = (costClass: number) => knownMs(each, costClass);
    for (const other of each.requests.accounts())
      if (other === account) mine += each.requests.amountOf(account, cost, priority);
      else others.set(other, (others.get(other) ?? 0) + each.requests.amountOf(other, cost));
  }
  let ahead = mine;
  for (const [other, ms] of others) ahead += Math.min(ms, dueTo(other, mine + own, account));
  return ahead;
}

function knownMs(queue: ServableQueue, costClass: number): number {
  return queue.costs.expectedMs(costClass) ?? 0;
}

/** Nothing of one that was stopped: it ends at its next look at the abort flag. */
function leftMs({ queue, batch, activeAt }: BatchRun, now: number): number {
  if (batch.every(({ settled }) => settled)) return 0;
  const expected = batch.reduce((sum, { costClass }) => sum + knownMs(queue, costClass), 0);
  return Math.max(0, expected - (now - activeAt));
}
