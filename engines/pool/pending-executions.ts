/** The jobs that a worker has in hand, and how soon it takes another. */
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

  /** @param depth jobs it takes at most */
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

  /** How many more it takes now: none while it is far from the end of a batch. */
  room(now: number): number {
    return this.pace.room([...this.byId.values()], now);
  }

  /** Milliseconds until it takes another, though it has one; undefined: only once one ends. */
  msUntilRoom(now: number): number | undefined {
    return this.pace.msUntilRoom([...this.byId.values()], now);
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
    found.resolve(done);
  }

  failed(job: number, error: HeadgateError): void {
    this.byId.get(job)?.reject(error);
    this.byId.delete(job);
  }

  /** @returns how many there were */
  failAll(error: HeadgateError): number {
    const lost = [...this.byId.values()];
    this.byId.clear();
    for (const each of lost) each.reject(error);
    return lost.length;
  }

  /** A servable that it runs no more. */
  forget(key: string): void {
    this.pace.forget(key);
  }
}
