/**
 * Decides which request runs next, which request is removed from a full queue, and which can no longer be answered in
 * time. Pure.
 */
import type { EngineWorker } from "../../engines/engine.js";
import type { FairQueue } from "./fair-queue.js";
import type { QueuedRequest } from "./queued-request.js";
import { expectedMs, type ServableQueue } from "./servable-queues.js";
import type { TenantAccount } from "./tenant-shares.js";

/** A queue that may start a batch, and a worker that can run it. */
export interface BatchCandidate {
  readonly queue: ServableQueue;
  readonly worker: EngineWorker;
  /** The largest number of rows of the batch. */
  readonly rows: number;
}

export interface BatchChoice extends BatchCandidate {
  readonly head: QueuedRequest;
}

/**
 * The expected time of a batch that starts behind another, in batch times: half a batch on average until the worker
 * is free, and its own.
 */
const queuedBatchTimes = 1.5;
/**
 * The share of a request's timeout that is reserved for sending the answer, because the event loop is as busy then as
 * when the request waited.
 */
const returnShare = 0.05;

/**
 * Chooses the tenant that has used the least time, and its most urgent request. Between servables with equal urgency
 * the one that has waited longest for its turn is served, which is the first in `candidates`.
 */
export function chosen(
  candidates: readonly BatchCandidate[],
  may: (queue: ServableQueue, account: TenantAccount) => boolean,
): BatchChoice | undefined {
  let account: TenantAccount | undefined;
  for (const { queue } of candidates) {
    const least = queue.requests.ordered.least((each) => may(queue, each));
    if (least !== undefined && (account === undefined || least.usedMs < account.usedMs)) account = least;
  }
  if (account === undefined) return undefined;
  let best: BatchChoice | undefined;
  for (const candidate of candidates) {
    const head = may(candidate.queue, account)
      ? candidate.queue.requests.ordered.firstOf(account)
      : undefined;
    if (head === undefined) continue;
    if (best === undefined || urgency(candidate.queue, head) < urgency(best.queue, best.head))
      best = { ...candidate, head };
  }
  return best;
}

/**
 * The request's priority relative to the servable's default, because servables may use different scales; lower is
 * more urgent.
 */
function urgency({ servable }: ServableQueue, { priority }: QueuedRequest): number {
  return priority - servable.scheduling.defaultPriority;
}

/**
 * The requests that can still be answered in time.
 * @param contended whether another fit could use the time
 */
export function inTime(
  queue: ServableQueue,
  taken: readonly QueuedRequest[],
  now: number,
  contended: () => boolean,
): readonly QueuedRequest[] {
  // An idle model computes even a late request: otherwise one slow answer would make it refuse every later request.
  if (queue.lane.inBatches ? queue.runningRows === 0 : !contended()) return taken;
  const batchMs = queuedBatchTimes * (queue.service.batchMs ?? 0);
  return taken.filter((request) => {
    const neededMs = queue.lane.inBatches ? batchMs : expectedMs(queue, request);
    return request.probe || request.deadline - now >= neededMs + returnShare * request.job.timeoutMs;
  });
}

/**
 * The request to remove from a full queue: the least urgent request of the tenant that holds the most places for its
 * weight, provided that this is more than `account` would hold with one more place.
 */
export function requestToRemove(
  queue: FairQueue<QueuedRequest>,
  account: TenantAccount,
): QueuedRequest | undefined {
  let most: TenantAccount | undefined;
  const places = (each: TenantAccount) => queue.sizeOf(each) / each.weight;
  for (const each of queue.accounts())
    if (each !== account && (most === undefined || places(each) > places(most))) most = each;
  if (most === undefined || places(most) <= (queue.sizeOf(account) + 1) / account.weight) return undefined;
  let least: QueuedRequest | undefined;
  for (const request of queue.all())
    if (request.account === most && (least === undefined || lessUrgent(request, least))) least = request;
  return least;
}

function lessUrgent(a: QueuedRequest, b: QueuedRequest): boolean {
  if (a.priority !== b.priority) return a.priority > b.priority;
  return a.deadline === b.deadline ? a.sequence > b.sequence : a.deadline > b.deadline;
}
