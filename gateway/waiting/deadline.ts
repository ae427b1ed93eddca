/** Waits with a deadline, which who waits may also leave: for work that runs, and for work that cannot start yet. */
import { HeadgateError } from "../../protocol/errors.js";
import type { Clock } from "../clock.js";
import type { PendingAnswer } from "./pending-answer.js";
import { Settlement } from "./settlement.js";

/** For work that runs: past the deadline it is cancelled, which for one of several who wait is to leave. */
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
  /** What is told when it passes before the work could start. */
  readonly message: string;
}

/**
 * For work that starts once `ready` resolves, with the milliseconds that are left then; the deadline is its own from
 * there on. Cancelled or late before, it is answered at once and never starts. When `ready` rejects, so does it.
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
