/** Updates of one kept fit, one after another: each starts from what the last one left. */
import { HeadgateError } from "../../protocol/errors.js";
import type { Work } from "../scheduling/shared.js";

export class Turns {
  private readonly last = new Map<string, Promise<unknown>>();

  /** Starts once nobody else has the turn of this key; cancelled before, it never starts. */
  take<T>(key: string, start: () => Work<T>): Work<T> {
    let running: Work<T> | undefined;
    let cancelled = false;
    const before = this.last.get(key) ?? Promise.resolve();
    const answer = before.then(() => {
      if (cancelled) throw new HeadgateError("cancelled", "the request was cancelled", { processed: "no" });
      running = start();
      return running.answer;
    });
    const done = answer
      .catch(() => undefined)
      .then(() => {
        if (this.last.get(key) === done) this.last.delete(key);
      });
    this.last.set(key, done);
    const cancel = () => {
      cancelled = true;
      running?.cancel();
    };
    return { answer, cancel };
  }
}
