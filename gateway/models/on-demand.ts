/** Requests for a model that is not open: they wait for it within their own time. */
import type { Servable } from "../../engines/servable.js";
import { HeadgateError } from "../../protocol/errors.js";
import type { Clock } from "../clock.js";
import type { Work } from "../scheduling/shared.js";

/** Opens a version; settles when it can be given work. @throws HeadgateError unavailable with the reason */
export type Opener = () => Promise<void>;

export class OnDemand {
  /** What is known and not open. Mostly empty: then a request costs nothing here. */
  private readonly closed = new Map<Servable, Opener>();

  constructor(private readonly clock: Clock) {}

  shut(servable: Servable, opener: Opener): void {
    this.closed.set(servable, opener);
  }

  opened(servable: Servable): void {
    this.closed.delete(servable);
  }

  has(servable: Servable): boolean {
    return this.closed.size > 0 && this.closed.has(servable);
  }

  /** @param start gives the request to the scheduler, with the milliseconds that are left then */
  take<T>(servable: Servable, timeoutMs: number, start: (remainingMs: number) => Work<T>): Work<T> {
    if (!this.has(servable)) return start(timeoutMs);
    const until = this.clock.now() + timeoutMs;
    let running: Work<T> | undefined;
    let leave: (error: HeadgateError) => void = () => {};
    let left = false;
    const gone = new Promise<never>((_, reject) => {
      leave = (error) => {
        left = true;
        reject(error);
      };
    });
    const disarm = this.clock.after(timeoutMs, () =>
      leave(
        new HeadgateError("deadline_exceeded", `the model was not open within ${timeoutMs} ms`, {
          processed: "no",
        }),
      ),
    );
    const opened = this.open(servable).then(() => {
      if (left) return gone;
      disarm();
      running = start(Math.max(1, Math.round(until - this.clock.now())));
      return running.answer;
    });
    opened.catch(disarm);
    const cancel = () => {
      disarm();
      if (running !== undefined) running.cancel();
      else leave(new HeadgateError("cancelled", "the request was cancelled", { processed: "no" }));
    };
    return { answer: Promise.race([opened, gone]), cancel };
  }

  /** It may be evicted again before a waiting request gets to it. */
  private async open(servable: Servable): Promise<void> {
    for (let opener = this.closed.get(servable); opener !== undefined; opener = this.closed.get(servable))
      await opener();
  }
}
