/** Who goes next, who gives up a place, who is too late already. Pure. */
import type { EngineWorker } from "../../engines/engine.js";
import type { FairQueue } from "./fair-queue.js";
import type { QueuedRequest } from "./queued-request.js";
import { expectedMs, type ServableQueue } from "./servable-queues.js";
import type { TenantAccount } from "./tenant-shares.js";

/** A queue that may go, and a worker for it. */
export interface BatchCandidate {
  readonly queue: ServableQueue;
  readonly worker: EngineWorker;
  /** Of its batch at most. */
  readonly rows: number;
}

export interface BatchChoice extends BatchCandidate {
  readonly head: QueuedRequest;
}

/** Batches' times that one takes behind another: half of that on average, and its own. */
const behindAnother = 1.5;
/** Share of a request's time that is kept for its answer's way back, which is as busy as what made it wait. */
const wayBack = 0.05;

/**
 * The tenant that has had least, and of its requests the most urgent; of servables where they are level the one that
 * waits longest for its turn, which comes first.
 */
export function chosen(
  candidates: readonly BatchCandidate[],
  may: (queue: ServableQueue, account: TenantAccount) => boolean,
): BatchChoice | undefined {
  let account: TenantAccount | undefined;
  for (const { queue } of candidates) {
    const least = queue.requests.least((each) => may(queue, each));
    if (least !== undefined && (account === undefined || least.usedMs < account.usedMs)) account = least;
  }
  if (account === undefined) return undefined;
  let best: BatchChoice | undefined;
  for (const candidate of candidates) {
    const head = may(candidate.queue, account) ? candidate.queue.requests.firstOf(account) : undefined;
    if (head === undefined) continue;
    if (best === undefined || urgency(candidate.queue, head) < urgency(best.queue, best.head))
      best = { ...candidate, head };
  }
  return best;
}

/** Levels below what the servable takes for usual: servables may count differently. */
function urgency({ servable }: ServableQueue, { priority }: QueuedRequest): number {
  return priority - servable.scheduling.defaultPriority;
}

/** Those that can still be answered in time. @param contended whether another fit could use the time */
export function inTime(
  queue: ServableQueue,
  taken: readonly QueuedRequest[],
  now: number,
  contended: () => boolean,
): readonly QueuedRequest[] {
  // An idle model tries: otherwise one slow answer would shut it for good.
  if (queue.lane.inBatches ? queue.runningRows === 0 : !contended()) return taken;
  const batchMs = behindAnother * (queue.service.batchMs ?? 0);
  return taken.filter((request) => {
    const neededMs = queue.lane.inBatches ? batchMs : expectedMs(queue, request);
    return request.probe || request.deadline - now >= neededMs + wayBack * request.job.timeoutMs;
  });
}

/**
 * The request that gives up its place in a full queue: the least urgent of the tenant that holds most places for
 * its weight, if that is more than the one who comes would then hold.
 */
export function leastDue(queue: FairQueue<QueuedRequest>, account: TenantAccount): QueuedRequest | undefined {
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
