/** Estimates how much work is ahead of a request that would join its queue now, and how long that takes. */
import type { QueueLoad } from "./admission.js";
import type { BatchRun } from "./batch-run.js";
import { dueTo } from "./model-queue.js";
import type { QueuedRequest } from "./queued-request.js";
import type { ServableQueue } from "./servable-queues.js";
import type { TenantAccount } from "./tenant-shares.js";

/** The load ahead of a request for a model, in batches of the measured time from one answer to the next. */
export function modelLoad(queue: ServableQueue, request: QueuedRequest): QueueLoad {
  return loadBehind(queue, request, queue.requests.rowsAhead(request));
}

/**
 * The load if everything that waits came before the request, whoever asked for it: no less than `modelLoad` says, and
 * known without the fair order.
 */
export function greatestModelLoad(queue: ServableQueue, request: QueuedRequest): QueueLoad {
  return loadBehind(queue, request, queue.requests.rows);
}

function loadBehind(queue: ServableQueue, request: QueuedRequest, waitingRows: number): QueueLoad {
  const { requests, service, batchSize, servable } = queue;
  const rowsAhead = waitingRows + queue.runningRows;
  // Where each request is computed by itself, the requests ahead are assumed to have as many rows as this one.
  const batchRows = servable.scheduling.gathering?.allowed === false ? request.rows : batchSize.rows;
  return {
    queued: requests.size,
    queueMax: servable.scheduling.maxQueueSize,
    idle: rowsAhead === 0,
    waitMs: service.expectedMs(Math.ceil((rowsAhead + 1) / batchRows)),
  };
}

/** The running and waiting fits of a lane. */
export interface FitLane {
  /** The queues that have waiting requests for fits. */
  readonly queues: readonly ServableQueue[];
  readonly runs: readonly BatchRun[];
  /** The number of fits that may run at the same time. */
  readonly workers: number;
}

/**
 * The load ahead of a fit: the summed expected cost of the fits ahead, of all servables, divided by the number of
 * workers.
 */
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

/**
 * Milliseconds of work ahead: the tenant's own requests of the same or a higher priority, and of other tenants what
 * their weights entitle them to in that time.
 */
function aheadMs(
  { account, priority }: QueuedRequest,
  own: number,
  queues: readonly ServableQueue[],
): number {
  let mine = 0;
  const others = new Map<TenantAccount, number>();
  for (const each of queues) {
    const cost = (costClass: number) => knownMs(each, costClass);
    const { ordered } = each.requests;
    for (const other of ordered.accounts())
      if (other === account) mine += ordered.amountOf(account, cost, priority);
      else others.set(other, (others.get(other) ?? 0) + ordered.amountOf(other, cost));
  }
  let ahead = mine;
  for (const [other, ms] of others) ahead += Math.min(ms, dueTo(other, mine + own, account));
  return ahead;
}

function knownMs(queue: ServableQueue, costClass: number): number {
  return queue.costs.expectedMs(costClass) ?? 0;
}

/**
 * The expected remaining milliseconds of a run; 0 for a cancelled one, which ends when it next reads the abort flag.
 */
function leftMs({ queue, batch, activeAt }: BatchRun, now: number): number {
  if (batch.every(({ settled }) => settled)) return 0;
  const expected = batch.reduce((sum, { costClass }) => sum + knownMs(queue, costClass), 0);
  return Math.max(0, expected - (now - activeAt));
}
