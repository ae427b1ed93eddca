/** One computation and those who wait for it: each may leave, and when the last one has, it is cancelled. */
import { HeadgateError } from "../../protocol/errors.js";

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
