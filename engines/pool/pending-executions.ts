/** The jobs that were sent to a worker and have not ended, and how soon it can take another. */
import type { HeadgateError } from "../../protocol/errors.js";
import type { Execution, ExecutionResult } from "../engine.js";
import { BusyTime } from "./busy-time.js";
import type { Deferred } from "./deferred.js";
import { type ExecutionStart, RoomForecast } from "./room-forecast.js";

interface PendingExecution extends Deferred<ExecutionResult>, ExecutionStart {}

export class PendingExecutions {
  readonly busyTime = new BusyTime();
  private readonly byId = new Map<number, PendingExecution>();
  private readonly pace: RoomForecast;
  private last = 0;
  /** The number of jobs that were answered or failed. */
  ended = 0;
  /** Milliseconds that answered jobs computed, summed. */
  private computedMs = 0;
  private lastEndAt = Number.NEGATIVE_INFINITY;

  /** @param depth jobs that the worker has at most, the running one included */
  constructor(depth: number) {
    this.pace = new RoomForecast(depth);
  }

  get count(): number {
    return this.byId.size;
  }

  get ids(): Iterable<number> {
    return this.byId.keys();
  }

  has(job: number): boolean {
    return this.byId.has(job);
  }

  /** How many more jobs it takes now: none until the running one is about to end. */
  room(now: number): number {
    return this.pace.room([...this.byId.values()], now);
  }

  /** Milliseconds until it takes another job; undefined: it has as many as it may, and takes one once one ends. */
  msUntilRoom(now: number): number | undefined {
    return this.pace.msUntilRoom([...this.byId.values()], now);
  }

  /**
   * Milliseconds in which the worker computed so far, with those of the running job. It computes its jobs one after
   * another, so the oldest one began when it was sent or when the one before it ended.
   */
  busyMs(now: number): number {
    const [running] = this.byId.values();
    if (running === undefined) return this.computedMs;
    return this.computedMs + Math.max(0, now - Math.max(running.since, this.lastEndAt));
  }

  begin(key: string, now: number): Execution {
    this.last = (this.last % 0x7fff_ffff) + 1;
    const job = this.last;
    const done = new Promise<ExecutionResult>((resolve, reject) =>
      this.byId.set(job, { key, since: now, resolve, reject }),
    );
    return { job, done };
  }

  answered(job: number, done: ExecutionResult, now: number): void {
    const found = this.byId.get(job);
    if (found === undefined) return;
    this.byId.delete(job);
    this.pace.record(found.key, done.computeMs);
    this.busyTime.took(done.computeMs, now);
    this.computedMs += done.computeMs;
    this.lastEndAt = now;
    this.ended++;
    found.resolve(done);
  }

  failed(job: number, error: HeadgateError): void {
    const found = this.byId.get(job);
    if (found === undefined) return;
    this.byId.delete(job);
    this.ended++;
    found.reject(error);
  }

  /** Rejects all jobs, because the worker ended. @returns how many there were */
  failAll(error: HeadgateError): number {
    const lost = [...this.byId.values()];
    this.byId.clear();
    for (const each of lost) each.reject(error);
    return lost.length;
  }

  /** Drops the measured time of a servable that was unloaded. */
  forget(key: string): void {
    this.pace.forget(key);
  }
}
