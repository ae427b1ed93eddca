/**
 * One computation with several waiting callers. Each may cancel its wait, and the computation is cancelled with the
 * last one.
 */
import { HeadgateError } from "../../protocol/errors.js";
import type { PendingAnswer } from "./pending-answer.js";
import { Settlement } from "./settlement.js";

export class SharedComputation<T> {
  private waiting = 0;
  private isAbandoned = false;

  constructor(private readonly work: PendingAnswer<T>) {}

  /** True once every caller has cancelled and the computation was cancelled too: it must not be joined any more. */
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
