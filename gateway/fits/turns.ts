/** Updates of one kept fit, one after another: each starts from what the last one left. */
import { HeadgateError } from "../../protocol/errors.js";
import type { Clock } from "../clock.js";
import type { Work } from "../scheduling/shared.js";

export class Turns {
  private readonly last = new Map<string, Promise<unknown>>();

  constructor(private readonly clock: Clock) {}

  /**
   * Starts once nobody else has the turn of this key, with the milliseconds that are left then. Cancelled
   * or out of time before, it is answered at once and never starts.
   */
  take<T>(key: string, timeoutMs: number, start: (remainingMs: number) => Work<T>): Work<T> {
    const until = this.clock.now() + timeoutMs;
    const before = this.last.get(key);
    if (before === undefined) return this.hold(key, start(timeoutMs));
    let running: Work<T> | undefined;
    let leave: (error: HeadgateError) => void = () => {};
    const left = new Promise<never>((_, reject) => {
      leave = reject;
    });
    let waits = true;
    const end = (code: "cancelled" | "deadline_exceeded", message: string) => {
      waits = false;
      leave(new HeadgateError(code, message, { processed: "no" }));
    };
    const disarm = this.clock.after(timeoutMs, () =>
      end("deadline_exceeded", `no answer within ${timeoutMs} ms`),
    );
    const turn = before.then(() => {
      disarm();
      if (!waits) return left;
      running = start(Math.max(1, Math.round(until - this.clock.now())));
      return running.answer;
    });
    const cancel = () => {
      disarm();
      if (running === undefined) end("cancelled", "the request was cancelled");
      else running.cancel();
    };
    this.hold(key, { answer: turn, cancel });
    return { answer: Promise.race([turn, left]), cancel };
  }

  /** The next turn begins when this work ends, well or not. */
  private hold<T>(key: string, work: Work<T>): Work<T> {
    const over = work.answer
      .catch(() => undefined)
      .then(() => {
        if (this.last.get(key) === over) this.last.delete(key);
      });
    this.last.set(key, over);
    return work;
  }
}
