/** Gives each worker that has room the next batch, and handles the results. */
import { gather } from "../../engines/batch.js";
import type { Engine, EngineWorker, ExecutionResult } from "../../engines/engine.js";
import type { Servable } from "../../engines/servable.js";
import { HeadgateError } from "../../protocol/errors.js";
import type { Clock } from "../clock.js";
import {
  answersOf,
  type BatchRun,
  chargeOverrun,
  chargeTenants,
  sharedOutputs,
  updateEstimates,
} from "./batch-run.js";
import { type BatchCandidate, chosen, inTime } from "./order.js";
import type { QueuedRequest } from "./queued-request.js";
import type { LaneRuns, SchedulerState } from "./scheduler-state.js";
import { expectedMs, type ServableQueue } from "./servable-queues.js";
import type { TenantAccount } from "./tenant-shares.js";
import { WakeTimer } from "./wake-timer.js";
import { runToStop, stoppedFitError } from "./yielding.js";

/** Events of the scheduler that the metrics count. Durations are in milliseconds. */
export interface SchedulerEvents {
  readonly batch: (
    servable: Servable,
    rows: number,
    computeMs: number,
    requests: readonly Pick<QueuedRequest, "account" | "rows">[],
    /** Whether it was computed on the thread of the sockets. */
    inline: boolean,
  ) => void;
  readonly failed: (servable: Servable, error: unknown) => void;
}

export class Dispatcher {
  private readonly wake: WakeTimer;
  private scheduled = false;

  constructor(
    private readonly state: SchedulerState,
    private readonly engine: Engine,
    private readonly clock: Clock,
    private readonly events: SchedulerEvents,
  ) {
    this.wake = new WakeTimer(clock, this.schedule);
  }

  /**
   * Starts batches after all input of this turn of the event loop has been read, so that requests of one turn can
   * share a batch.
   */
  readonly schedule = (): void => {
    if (this.scheduled) return;
    this.scheduled = true;
    this.clock.soon(() => {
      this.scheduled = false;
      this.dispatch();
    });
  };

  private dispatch(): void {
    const { deadlines, waiting, lanes, active } = this.state;
    this.engine.beginTurn();
    const now = this.clock.now();
    deadlines.settle(now);
    for (const { lane, runs, shares } of lanes)
      if (!lane.inBatches) for (const run of runs) chargeOverrun(run, active.now(), shares);
    for (let next = this.nextBatch(now); next !== undefined; next = this.nextBatch(now)) {
      this.start(next, now);
      waiting.delete(next.queue);
      if (next.queue.requests.size > 0) waiting.add(next.queue); // moved to the end, so that servables take turns
    }
    for (const each of lanes) if (!each.lane.inBatches) this.makeYield(each, now);
    // After the answers of what was computed on this thread: their deadlines need no watch.
    queueMicrotask(() => deadlines.watch());
  }

  /** Takes the requests of the next batch from their queue. */
  private nextBatch(now: number): NextBatch | undefined {
    const candidates = this.candidates(now);
    const [first] = candidates;
    if (first === undefined) return undefined;
    const alone = candidates.length === 1 && first.queue.lane.inBatches;
    const all = alone ? first.queue.requests.takeAll(rowsMax(first)) : undefined;
    if (all !== undefined) {
      for (const request of all) this.charge(first.queue, request);
      return { queue: first.queue, worker: first.worker, taken: all };
    }
    const choice = chosen(candidates, this.may);
    if (choice === undefined) return undefined;
    const { queue, worker, head } = choice;
    const charge = (request: QueuedRequest) => this.charge(queue, request);
    return { queue, worker, taken: queue.requests.ordered.takeBatch(rowsMax(choice), head, charge) };
  }

  /** The queues that may run a batch and have a worker with room, in the order in which servables take turns. */
  private candidates(now: number): readonly BatchCandidate[] {
    const candidates: BatchCandidate[] = [];
    for (const queue of this.state.waiting) {
      const readiness = queue.requests.readiness(now);
      if (readiness === undefined) continue;
      if ("wakeAt" in readiness) {
        this.wake.at(readiness.wakeAt);
        continue;
      }
      const worker = this.engine.idleWorker(queue.lane, queue.key, queue.requests.rows);
      if (worker !== undefined) {
        candidates.push({ queue, worker, rows: readiness.rows });
        continue;
      }
      const ms = this.engine.msUntilRoom(queue.lane, queue.key) ?? 0;
      // Below a millisecond the end of a running batch comes before a timer would.
      if (ms >= 1) this.wake.at(now + ms);
    }
    return candidates;
  }

  /** Limits how many fits of one tenant may run at the same time. */
  private readonly may = ({ lane }: ServableQueue, { running }: TenantAccount) =>
    lane.inBatches || running < this.state.fits.ofTenant;

  private start({ queue, worker, taken }: NextBatch, now: number): void {
    const batch = inTime(queue, taken, now, () =>
      this.state.fitLane(queue.lane).queues.some(({ requests }) => requests.size > 0),
    );
    if (batch.length < taken.length)
      for (const request of taken) if (!batch.includes(request)) this.tooLate(queue, request);
    if (batch.length === 0) return;
    const rows = batch.reduce((sum, request) => sum + request.rows, 0);
    const run: BatchRun = { queue, batch, rows, activeAt: this.state.active.begin(), yielding: false };
    const [first] = batch as readonly [QueuedRequest];
    const { job, done } = worker.run({
      key: queue.key,
      inputs: gather(batch.map((request) => request.job.inputs)),
      parameters: first.job.parameters,
      outputs: sharedOutputs(batch),
    });
    queue.runningRows += rows;
    this.state.of(queue.lane).runs.push(run);
    const stop = () => batch.every((each) => each.settled) && worker.abort(job);
    for (const request of batch) request.started(now, stop);
    done.then((answer) => this.finish(run, answer)).catch((error: unknown) => this.finishFailed(run, error));
  }

  /** Charges a request that was taken for a batch, before the next one is chosen. */
  private charge(queue: ServableQueue, request: QueuedRequest): void {
    request.chargedMs = expectedMs(queue, request);
    this.state.of(queue.lane).shares.start(request.account, request.chargedMs);
  }

  private tooLate(queue: ServableQueue, request: QueuedRequest): void {
    const { shares } = this.state.of(queue.lane);
    shares.finish(request.account, request.chargedMs, 0);
    shares.leave(request.account);
    const message = `${request.job.timeoutMs} ms are too little: it would be late`;
    this.state.fail(request, new HeadgateError("deadline_exceeded", message, { processed: "no" }));
  }

  /**
   * Records that a run has ended, so that its worker has room again and its tenants are charged.
   * @returns the time on the clock without pauses
   */
  private end(run: BatchRun, computeMs = Infinity): number {
    const { runs, shares } = this.state.of(run.queue.lane);
    const now = this.state.active.now();
    const at = runs.indexOf(run);
    if (at < 0) return now;
    runs.splice(at, 1);
    run.queue.runningRows -= run.rows;
    chargeTenants(run, Math.min(computeMs, now - run.activeAt), shares, this.clock.now());
    return now;
  }

  private finish(run: BatchRun, done: ExecutionResult): void {
    const now = this.end(run, done.computeMs);
    updateEstimates(run, Math.min(done.computeMs, now - run.activeAt), now);
    this.events.batch(run.queue.servable, run.rows, done.computeMs, run.batch, done.inline === true);
    for (const [request, answer] of answersOf(run, done)) {
      if (answer instanceof HeadgateError) this.state.fail(request, answer);
      else this.state.answer(request, answer);
    }
  }

  private finishFailed(run: BatchRun, error: unknown): void {
    this.end(run);
    const { queue, batch } = run;
    // All its requests were cancelled, and the run was stopped for that reason.
    if (batch.every((request) => request.settled)) return;
    this.events.failed(queue.servable, error);
    const foreseen = error instanceof HeadgateError && error.code !== "internal";
    const failure = foreseen
      ? error
      : new HeadgateError("internal", `${queue.key}: the engine failed; the gateway's log says more`, {
          cause: error,
          processed: "maybe",
        });
    for (const request of batch) this.state.fail(request, failure);
  }

  /** Stops a fit that has run for a long time when its tenant has used more time than a tenant that waits. */
  private makeYield({ lane, runs }: LaneRuns, now: number): void {
    const { fits, active } = this.state;
    if (fits.yieldMs === Infinity || runs.length === 0) return;
    const waiting = this.state
      .fitLane(lane)
      .queues.flatMap((queue) => queue.requests.ordered.least((each) => this.may(queue, each)) ?? []);
    const [least] = waiting.sort((a, b) => a.usedMs - b.usedMs);
    const run = least && runToStop(runs, least);
    if (run === undefined) return;
    const left = run.activeAt + fits.yieldMs - active.now();
    if (left > 0) return this.wake.at(now + left);
    run.yielding = true;
    for (const request of run.batch) this.state.stop(request, stoppedFitError(run, active.now()));
  }
}

/** The requests of a batch, which no longer wait, and the worker that computes it. */
interface NextBatch {
  readonly queue: ServableQueue;
  readonly worker: EngineWorker;
  readonly taken: readonly QueuedRequest[];
}

/** The most rows of the next batch: as many as pay, or a size that the model prefers. */
function rowsMax({ queue, rows }: BatchCandidate): number {
  const asked = queue.servable.scheduling.preferredBatchSizes.length > 0;
  return asked ? rows : Math.min(rows, queue.batchSize.rows);
}
