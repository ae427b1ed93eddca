/** One computation and those who wait for it: each may leave, and when the last one has, it is cancelled. */
import { HeadgateError } from "../../protocol/errors.js";
import type { Clock } from "../clock.js";

export interface Work<T> {
  readonly answer: Promise<T>;
  cancel(): void;
}

export class Shared<T> {
  private waiting = 0;
  private isAbandoned = false;

  constructor(private readonly work: Work<T>) {}

  /** Everybody left, and so it was cancelled: nobody should join any more. */
  get abandoned(): boolean {
    return this.isAbandoned;
  }

  join(): Work<T> {
    this.waiting++;
    let leave = () => {};
    const left = new Promise<never>((_, reject) => {
      leave = () =>
        reject(new HeadgateError("cancelled", "the request was cancelled", { processed: "maybe" }));
    });
    let gone = false;
    const cancel = () => {
      if (gone) return;
      gone = true;
      this.waiting--;
      if (this.waiting > 0) return leave();
      this.isAbandoned = true;
      this.work.cancel();
    };
    return { answer: Promise.race([this.work.answer, left]), cancel };
  }
}

/** A wait with a time of its own: past it the one who waits leaves, and the work goes on for the others. */
export function within<T>(work: Work<T>, ms: number, clock: Clock): Work<T> {
  let stop = () => {};
  const late = new Promise<never>((_, reject) => {
    stop = clock.after(ms, () => {
      reject(new HeadgateError("deadline_exceeded", `no answer within ${ms} ms`, { processed: "maybe" }));
      work.cancel();
    });
  });
  const answer = Promise.race([work.answer, late]);
  answer.then(stop, stop);
  return { answer, cancel: () => work.cancel() };
}
