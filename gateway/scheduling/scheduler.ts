/**
 * Drives the queues: gives each worker that has room the next batch, answers each request once, and
 * drops what nobody waits for any more before it is computed.
 */
import { gather, scatter } from "../../engines/batch.js";
import type { Done } from "../../engines/pool/messages.js";
import type { Servable } from "../../engines/servable.js";
import { HeadgateError, invalidArgument } from "../../protocol/errors.js";
import type { Tensors } from "../../protocol/frames.js";
import type { Clock } from "../clock.js";
import { refusal } from "./admission.js";
import { Deadlines } from "./deadlines.js";
import type { Engine, EngineWorker } from "./engine.js";
import { type Line, Lines, loadOf } from "./lines.js";
import { type Job, Request } from "./request.js";

/** What the metrics hear. Durations in milliseconds. */
export interface SchedulerEvents {
  readonly batch: (servable: Servable, rows: number, computeMs: number) => void;
  readonly failed: (servable: Servable, error: unknown) => void;
}

/** Batches' times that one takes behind another: half of that on average, and its own. */
const behindAnother = 1.5;
/** Share of a request's time that is kept for its answer's way back, which is as busy as what made it wait. */
const wayBack = 0.05;

export class Scheduler {
  private readonly lines = new Lines();
  /** Lines with waiting requests, the one to be served next first. */
  private readonly waiting = new Set<Line>();
  private readonly running = new Set<Request>();
  private readonly deadlines: Deadlines<Request>;
  private scheduled = false;
  private sequence = 0;

  constructor(
    private readonly engine: Engine,
    private readonly clock: Clock,
    private readonly events: SchedulerEvents,
  ) {
    this.deadlines = new Deadlines(clock, (request) => this.expire(request));
  }

  /** Requests that are queued or running. */
  get pending(): number {
    return this.running.size + [...this.waiting].reduce((sum, line) => sum + line.queue.size, 0);
  }

  /** Requests that wait for a version, by its key. */
  pendingOf(key: string): number {
    return this.lines.pendingOf(key);
  }

  /** Whether a servable, by its engine key, has requests that wait or run. */
  busy(key: string): boolean {
    return this.lines.busy(key);
  }

  /** Forgets what is known of a servable that is not busy. */
  forget(key: string): void {
    this.lines.forget(key);
  }

  /**
   * Queues a job. Its promise settles exactly once: at once with `resource_exhausted` when the queue is
   * full or the deadline cannot be met.
   */
  submit(job: Job): Request {
    const line = this.lines.of(job.servable);
    const now = this.clock.now();
    const refused = refusal(job.servable.signature.name, loadOf(line, job), job.timeoutMs);
    const request = new Request(job, now, ++this.sequence);
    if (refused !== undefined) {
      request.reject(refused);
      return request;
    }
    this.deadlines.add(request);
    line.queue.push(request);
    this.waiting.add(line);
    this.schedule();
    return request;
  }

  /** Ends a request that nobody waits for any more: never computed if it still waits, stopped if it can be. */
  cancel(request: Request): void {
    this.drop(request, "cancelled", "the request was cancelled");
  }

  /** Answers everything with `unavailable`: what still waits surely did not run, what runs may have. */
  refuseAll(message: string): void {
    for (const line of [...this.waiting])
      for (let batch = line.queue.takeBatch(1); batch.length > 0; batch = line.queue.takeBatch(1))
        for (const request of batch)
          this.fail(request, new HeadgateError("unavailable", message, { processed: "no" }));
    this.waiting.clear();
    for (const request of this.running) {
      this.fail(request, new HeadgateError("unavailable", message, { processed: "maybe" }));
      request.abort();
    }
  }

  /** A worker has room: hand out work once the turn's input is all in. */
  readonly schedule = (): void => {
    if (this.scheduled) return;
    this.scheduled = true;
    this.clock.soon(() => {
      this.scheduled = false;
      this.dispatch();
    });
  };

  private dispatch(): void {
    const now = this.clock.now();
    this.deadlines.settle(now);
    let wakeAt = Infinity;
    for (const line of [...this.waiting]) {
      const worker = this.engine.idleWorker(line.servable.lane, line.key);
      if (worker === undefined) continue;
      const readiness = line.queue.readiness(now);
      if (readiness !== undefined && "wakeAt" in readiness) wakeAt = Math.min(wakeAt, readiness.wakeAt);
      else if (readiness !== undefined) this.start(line, worker, this.next(line, readiness.rows), now);
      this.waiting.delete(line);
      if (line.queue.size > 0) this.waiting.add(line); // to the end: models take turns
      if (readiness !== undefined && "rows" in readiness && line.queue.size > 0) this.schedule();
    }
    if (wakeAt < Infinity) this.clock.after(wakeAt - now, this.schedule);
  }

  /** As many rows as are worth their wait; of sizes that a model prefers, as many as it says. */
  private next({ servable, queue, batchSize }: Line, rows: number): readonly Request[] {
    const asked = servable.scheduling.preferredBatchSizes.length > 0;
    return queue.takeBatch(asked ? rows : Math.min(rows, batchSize.rows));
  }

  private start(line: Line, worker: EngineWorker, taken: readonly Request[], now: number): void {
    const batch = this.inTime(line, taken, now);
    if (batch.length === 0) return;
    const rows = batch.reduce((sum, request) => sum + request.rows, 0);
    line.runningRows += rows;
    const [first] = batch as readonly [Request];
    const inputs = gather(batch.map((request) => request.job.inputs));
    const outputs = sharedOutputs(batch);
    const { job, done } = worker.run({ key: line.key, inputs, parameters: first.job.parameters, outputs });
    for (const request of batch) {
      request.started(now, () => batch.every((each) => each.settled) && worker.abort(job));
      this.running.add(request);
    }
    done
      .then((answer) => this.finish(line, batch, rows, answer, now))
      .catch((error: unknown) => this.finishFailed(line, batch, error))
      .finally(() => {
        line.runningRows -= rows;
        for (const request of batch) this.running.delete(request);
      });
  }

  /** Those that can still be answered in time; the rest is told so, and not computed. */
  private inTime(line: Line, taken: readonly Request[], now: number): readonly Request[] {
    const { batchMs = 0 } = line.service;
    // An idle model tries: otherwise one slow answer would shut it for good.
    if (line.runningRows === 0) return taken;
    return taken.filter((request) => {
      if (request.deadline - now >= behindAnother * batchMs + wayBack * request.job.timeoutMs) return true;
      const message = `${request.job.timeoutMs} ms are too little: it would be late`;
      this.fail(request, new HeadgateError("deadline_exceeded", message, { processed: "no" }));
      return false;
    });
  }

  private finish(line: Line, batch: readonly Request[], rows: number, done: Done, startedAt: number): void {
    const { computeMs, backend, precision } = done;
    line.service.finished(startedAt, this.clock.now());
    line.batchSize.took(rows, computeMs);
    this.events.batch(line.servable, rows, computeMs);
    const shares = scatter(
      done.outputs,
      batch.map((request) => request.rows),
    );
    const { name: model, version } = line.servable.signature;
    let row = 0;
    batch.forEach((request, i) => {
      const refused = refusedIn(done, row, request.rows);
      row += request.rows;
      if (refused !== undefined) {
        this.fail(request, invalidArgument("inputs", refused));
        return;
      }
      this.deadlines.remove(request);
      const timing = { queue_ms: request.queueMs, compute_ms: computeMs, batch_size: rows };
      const outputs = chosen(shares[i] ?? {}, request.job.outputs);
      request.resolve({ model, version, backend, precision, timing, outputs });
    });
  }

  private finishFailed(line: Line, batch: readonly Request[], error: unknown): void {
    if (batch.every((request) => request.settled)) return; // stopped because nobody waits
    this.events.failed(line.servable, error);
    const foreseen = error instanceof HeadgateError && error.code !== "internal";
    const failure = foreseen
      ? error
      : new HeadgateError("internal", `${line.key}: the engine failed; the gateway's log says more`, {
          cause: error,
          processed: "maybe",
        });
    for (const request of batch) this.fail(request, failure);
  }

  private expire(request: Request): void {
    this.drop(request, "deadline_exceeded", `no answer within ${request.job.timeoutMs} ms`);
  }

  private drop(request: Request, code: "cancelled" | "deadline_exceeded", message: string): void {
    if (request.settled) return;
    const line = this.lines.of(request.job.servable);
    const waited = line.queue.remove(request);
    if (line.queue.size === 0) this.waiting.delete(line);
    this.fail(request, new HeadgateError(code, message, { processed: waited ? "no" : "maybe" }));
    if (!waited) request.abort();
  }

  private fail(request: Request, error: HeadgateError): void {
    this.deadlines.remove(request);
    request.reject(error);
  }
}

/** Why one of these rows of a batch cannot be answered, counted in the request's own rows. */
function refusedIn({ refused = [] }: Done, from: number, rows: number): string | undefined {
  const found = refused.find(({ row }) => row >= from && row < from + rows);
  return found && `row ${found.row - from}: ${found.reason}`;
}

/** The outputs to fetch for a batch: those that any of its requests wants; null when one wants all. */
function sharedOutputs(batch: readonly Request[]): readonly string[] | null {
  const names = new Set<string>();
  for (const { job } of batch) {
    if (job.outputs === undefined) return null;
    for (const name of job.outputs) names.add(name);
  }
  return [...names];
}

function chosen(outputs: Tensors, wanted: readonly string[] | undefined): Tensors {
  if (wanted === undefined) return outputs;
  return Object.fromEntries(Object.entries(outputs).filter(([name]) => wanted.includes(name)));
}
