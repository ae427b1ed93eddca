/** All waiting and running requests of all servables, and how a request ends without an answer. */
import type { Lane } from "../../engines/lane.js";
import { HeadgateError } from "../../protocol/errors.js";
import type { Clock } from "../clock.js";
import { ActiveTime } from "./active-time.js";
import type { BatchRun } from "./batch-run.js";
import { Deadlines } from "./deadlines.js";
import type { FitLimits } from "./fit-limits.js";
import type { FitLane } from "./load.js";
import type { Answer, QueuedRequest } from "./queued-request.js";
import { type ServableQueue, ServableQueues } from "./servable-queues.js";
import { TenantShares } from "./tenant-shares.js";

/** The runs of a lane's workers, and the compute time that each tenant has used in that lane. */
export interface LaneRuns {
  readonly lane: Lane;
  readonly runs: BatchRun[];
  readonly shares: TenantShares;
}

export class SchedulerState {
  readonly queues = new ServableQueues();
  /** Queues with waiting requests; the one to be served next comes first. */
  readonly waiting = new Set<ServableQueue>();
  /** The lanes that were used so far. There are few, and a search in a list is faster than in a map. */
  readonly lanes: LaneRuns[] = [];
  readonly deadlines: Deadlines<QueuedRequest>;
  readonly active: ActiveTime;

  constructor(
    clock: Clock,
    readonly fits: FitLimits,
  ) {
    this.deadlines = new Deadlines(clock, (request) =>
      this.drop(request, "deadline_exceeded", `no answer within ${request.job.timeoutMs} ms`),
    );
    this.active = new ActiveTime(clock, () => this.lanes.some(({ runs }) => runs.length > 0));
  }

  /** The number of requests that are queued or running. */
  get pending(): number {
    let pending = 0;
    for (const queue of this.waiting) pending += queue.requests.size;
    for (const { runs } of this.lanes) for (const { batch } of runs) pending += batch.length;
    return pending;
  }

  /** The runs and tenant accounts of a lane. */
  of(lane: Lane): LaneRuns {
    for (const each of this.lanes) if (each.lane === lane) return each;
    const added = { lane, runs: [], shares: new TenantShares() };
    this.lanes.push(added);
    return added;
  }

  /** The running and waiting fits of a lane of fits. */
  fitLane(of: Lane): FitLane {
    const queues = [...this.waiting].filter(({ lane }) => lane === of);
    const workers = Math.min(this.fits.workers, this.fits.ofTenant);
    return { queues, runs: this.of(of).runs, workers };
  }

  queue(queue: ServableQueue, request: QueuedRequest): void {
    this.of(queue.lane).shares.enter(request.account);
    this.deadlines.add(request);
    queue.requests.push(request);
    this.waiting.add(queue);
  }

  /**
   * Removes a request from its queue and rejects it with the error; false when the request does not wait in this
   * queue.
   */
  unqueue(queue: ServableQueue, request: QueuedRequest, error: HeadgateError): boolean {
    if (!queue.requests.ordered.remove(request)) return false;
    if (queue.requests.size === 0) this.waiting.delete(queue);
    this.of(queue.lane).shares.leave(request.account);
    this.fail(request, error);
    return true;
  }

  /**
   * Ends a request whose client no longer waits: a waiting one is never computed, and a running one is stopped where
   * the engine can.
   */
  drop(request: QueuedRequest, code: "cancelled" | "deadline_exceeded", message: string): void {
    if (request.settled) return;
    const queue = this.queues.of(request.job.servable);
    if (this.unqueue(queue, request, new HeadgateError(code, message, { processed: "no" }))) return;
    this.stop(request, new HeadgateError(code, message, { processed: "maybe" }));
  }

  /** Rejects a running request, and stops its run where the engine can. */
  stop(request: QueuedRequest, error: HeadgateError): void {
    this.fail(request, error);
    request.abort();
  }

  answer(request: QueuedRequest, answer: Answer): void {
    this.leaves(request);
    request.resolve(answer);
  }

  fail(request: QueuedRequest, error: HeadgateError): void {
    this.leaves(request);
    request.reject(error);
  }

  private leaves(request: QueuedRequest): void {
    this.deadlines.remove(request);
    if (request.probe) this.queues.of(request.job.servable).probes.answered();
  }
}
