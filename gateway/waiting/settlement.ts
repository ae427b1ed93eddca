/** A promise that is settled from outside. Only the first settlement counts, and it clears the timer. */
import type { Clock } from "../clock.js";

export class Settlement<T> {
  readonly answer: Promise<T>;
  private isSettled = false;
  private disarmTimer: (() => void) | undefined;
  private settle: { resolve: (value: T) => void; reject: (error: unknown) => void } | undefined;

  constructor() {
    this.answer = new Promise((resolve, reject) => {
      this.settle = { resolve, reject };
    });
  }

  get settled(): boolean {
    return this.isSettled;
  }

  /** @returns whether this call settled the promise */
  resolve(value: T): boolean {
    const first = this.end();
    if (first) this.settle?.resolve(value);
    return first;
  }

  /** @returns whether this call settled the promise */
  reject(error: unknown): boolean {
    const first = this.end();
    if (first) this.settle?.reject(error);
    return first;
  }

  /** Settles as `promise` does, unless it is settled before. */
  follow(promise: Promise<T>): void {
    promise.then(
      (value) => this.resolve(value),
      (error: unknown) => this.reject(error),
    );
  }

  /** Calls back after `ms` unless it is settled by then. There is one timer: a second call replaces the first. */
  after(ms: number, clock: Clock, callback: () => void): void {
    if (this.isSettled) return;
    this.disarm();
    this.disarmTimer = clock.after(ms, callback);
  }

  /** Clears the timer. */
  disarm(): void {
    this.disarmTimer?.();
    this.disarmTimer = undefined;
  }

  private end(): boolean {
    if (this.isSettled) return false;
    this.isSettled = true;
    this.disarm();
    return true;
  }
}
