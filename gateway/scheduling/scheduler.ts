/**
 * Accepts or refuses requests, answers each exactly once, and removes cancelled and late ones before they are
 * computed. The dispatcher gives them to the workers.
 */
import type { Engine } from "../../engines/engine.js";
import { HeadgateError } from "../../protocol/errors.js";
import type { Clock } from "../clock.js";
import { displacedRefusal, fullRefusal, isLate, lateRefusal } from "./admission.js";
import { Dispatcher, type SchedulerEvents } from "./dispatcher.js";
import { costClassOf } from "./fit-costs.js";
import { type FitLimits, unshared } from "./fit-limits.js";
import { fitLoad, greatestModelLoad, modelLoad } from "./load.js";
import { requestToRemove } from "./order.js";
import { type InferenceJob, QueuedRequest } from "./queued-request.js";
import { SchedulerState } from "./scheduler-state.js";
import type { ServableQueue } from "./servable-queues.js";
import { type Workload, workloadOf } from "./workload.js";

export type { SchedulerEvents };

export class Scheduler {
  private readonly state: SchedulerState;
  private readonly dispatcher: Dispatcher;
  private sequence = 0;

  constructor(
    engine: Engine,
    private readonly clock: Clock,
    events: SchedulerEvents,
    fits: FitLimits = unshared,
  ) {
    this.state = new SchedulerState(clock, fits);
    this.dispatcher = new Dispatcher(this.state, engine, clock, events);
  }

  /** The number of requests that are queued or running. */
  get pending(): number {
    return this.state.pending;
  }

  /** The number of requests that wait for a version, by its key. */
  pendingOf(key: string): number {
    return this.state.queues.pendingOf(key);
  }

  /** The requests that wait or run now, by tenant and by version. */
  workload(): Workload {
    return workloadOf(this.state);
  }

  /** Whether a servable, by its engine key, has requests that wait or run. */
  busy(key: string): boolean {
    return this.state.queues.busy(key);
  }

  /** Deletes the queue and the measured speed of a servable that is not busy. */
  forget(key: string): void {
    this.state.queues.forget(key);
  }

  /**
   * Queues a job. Its promise settles exactly once: at once with `resource_exhausted` when the queue is full or the
   * deadline cannot be met.
   */
  submit(job: InferenceJob): QueuedRequest {
    const queue = this.state.queues.of(job.servable);
    const account = this.state.of(queue.lane).shares.of(job.tenant, job.weight);
    const costClass = queue.lane.inBatches ? 0 : costClassOf(job.inputs, job.parameters);
    const request = new QueuedRequest(job, this.clock.now(), ++this.sequence, account, costClass);
    const refused = this.refusal(queue, request);
    if (refused !== undefined) {
      request.reject(refused);
      return request;
    }
    this.state.queue(queue, request);
    this.schedule();
    return request;
  }

  /**
   * Ends a request whose client no longer waits: a waiting one is never computed, and a running one is stopped where
   * the engine can.
   */
  cancel(request: QueuedRequest): void {
    this.state.drop(request, "cancelled", "the request was cancelled");
  }

  /** Rejects every request with `unavailable`: waiting requests surely did not run, running ones may have. */
  refuseAll(message: string): void {
    for (const queue of [...this.state.waiting])
      for (const request of [...queue.requests.ordered.all()])
        this.state.unqueue(queue, request, new HeadgateError("unavailable", message, { processed: "no" }));
    for (const run of this.state.lanes.flatMap(({ runs }) => runs))
      for (const request of run.batch)
        this.state.stop(request, new HeadgateError("unavailable", message, { processed: "maybe" }));
  }

  /** Called when a worker has room: starts batches after all input of this turn of the event loop has been read. */
  readonly schedule = (): void => this.dispatcher.schedule();

  /**
   * The error for a request that cannot queue, or undefined. In a full queue a request of a tenant that holds more
   * than its share may be removed to make room.
   */
  private refusal(queue: ServableQueue, request: QueuedRequest): HeadgateError | undefined {
    const { name } = queue.servable.signature;
    if (queue.lane.inBatches) {
      const most = greatestModelLoad(queue, request);
      if (most.queued < most.queueMax && !isLate(most, request.job.timeoutMs)) return undefined;
    }
    const load = queue.lane.inBatches
      ? modelLoad(queue, request)
      : fitLoad(queue, request, this.state.fitLane(queue.lane), this.state.active.now());
    const full = fullRefusal(name, load);
    const least = full && requestToRemove(queue.requests.ordered, request.account);
    if (full !== undefined && least === undefined) return full;
    const late = lateRefusal(name, load, request.job.timeoutMs);
    if (late !== undefined && !queue.probes.pass(request.arrivedAt)) return late;
    request.probe = late !== undefined;
    if (least !== undefined)
      this.state.unqueue(queue, least, displacedRefusal(name, load.queueMax, load.waitMs));
    return undefined;
  }
}
