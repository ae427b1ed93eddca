/**
 * Waits with a deadline that can also be cancelled: for work that already runs, and for work that cannot start yet.
 */
import { HeadgateError } from "../../protocol/errors.js";
import type { Clock } from "../clock.js";
import type { PendingAnswer } from "./pending-answer.js";
import { Settlement } from "./settlement.js";

/**
 * Adds a deadline to running work: when it passes, the answer is rejected and the work cancelled. Cancelling shared
 * work ends only this caller's wait.
 */
export function within<T>(work: PendingAnswer<T>, ms: number, clock: Clock): PendingAnswer<T> {
  const settlement = new Settlement<T>();
  settlement.after(ms, clock, () => {
    settlement.reject(
      new HeadgateError("deadline_exceeded", `no answer within ${ms} ms`, { processed: "maybe" }),
    );
    work.cancel();
  });
  settlement.follow(work.answer);
  return { answer: settlement.answer, cancel: () => work.cancel() };
}

export interface Deadline {
  readonly clock: Clock;
  readonly timeoutMs: number;
  /** The error message when the deadline passes before the work could start. */
  readonly message: string;
}

/**
 * Starts work once `ready` resolves, with the remaining milliseconds; from then on the work keeps its own deadline.
 * When it is cancelled or the deadline passes before, the answer is rejected at once and the work never starts. When
 * `ready` rejects, the answer is rejected with the same error.
 */
export function startOnce<T>(
  ready: Promise<unknown>,
  { clock, timeoutMs, message }: Deadline,
  start: (remainingMs: number) => PendingAnswer<T>,
): PendingAnswer<T> {
  const until = clock.now() + timeoutMs;
  const settlement = new Settlement<T>();
  let running: PendingAnswer<T> | undefined;
  settlement.after(timeoutMs, clock, () =>
    settlement.reject(new HeadgateError("deadline_exceeded", message, { processed: "no" })),
  );
  const begin = () => {
    if (settlement.settled) return;
    settlement.disarm();
    running = start(Math.max(1, Math.round(until - clock.now())));
    settlement.follow(running.answer);
  };
  ready.then(begin).catch((error: unknown) => settlement.reject(error));
  const cancel = () => {
    if (running !== undefined) running.cancel();
    else settlement.reject(new HeadgateError("cancelled", "the request was cancelled", { processed: "no" }));
  };
  return { answer: settlement.answer, cancel };
}
