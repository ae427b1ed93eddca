/** One computation and those who wait for it: each may leave, and when the last one has, it is cancelled. */
import { HeadgateError } from "../../protocol/errors.js";
import type { PendingAnswer } from "./pending-answer.js";
import { Settlement } from "./settlement.js";

export class SharedComputation<T> {
  private waiting = 0;
  private isAbandoned = false;

  constructor(private readonly work: PendingAnswer<T>) {}

  /** Everybody left, and so it was cancelled: nobody should join any more. */
  get abandoned(): boolean {
    return this.isAbandoned;
  }

  join(): PendingAnswer<T> {
    this.waiting++;
    const settlement = new Settlement<T>();
    settlement.follow(this.work.answer);
    let gone = false;
    const cancel = () => {
      if (gone) return;
      gone = true;
      this.waiting--;
      if (this.waiting > 0) settlement.reject(left());
      else this.abandon();
    };
    return { answer: settlement.answer, cancel };
  }

  private abandon(): void {
    this.isAbandoned = true;
    this.work.cancel();
  }
}

function left(): HeadgateError {
  return new HeadgateError("cancelled", "the request was cancelled", { processed: "maybe" });
}
