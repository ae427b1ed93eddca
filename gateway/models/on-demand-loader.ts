/** Requests for a model that is not open wait until it is, within their own deadlines. */
import type { Servable } from "../../engines/servable.js";
import type { Clock } from "../clock.js";
import { startOnce } from "../waiting/deadline.js";
import type { PendingAnswer } from "../waiting/pending-answer.js";

/**
 * Opens a version; settles when it can be given work.
 * @throws HeadgateError unavailable with the reason
 */
export type OpenFunction = () => Promise<void>;

export class OnDemandLoader {
  /** Versions that are known and not open. Mostly empty: then a request costs nothing here. */
  private readonly closed = new Map<Servable, OpenFunction>();

  constructor(private readonly clock: Clock) {}

  register(servable: Servable, opener: OpenFunction): void {
    this.closed.set(servable, opener);
  }

  forget(servable: Servable): void {
    this.closed.delete(servable);
  }

  has(servable: Servable): boolean {
    return this.closed.size > 0 && this.closed.has(servable);
  }

  /**
   * Opens a version without a request, where it is not open.
   * @throws HeadgateError unavailable with the reason
   */
  async opened(servable: Servable): Promise<void> {
    await this.open(servable);
  }

  /** @param start gives the request to the scheduler, with the milliseconds that are left then */
  start<T>(
    servable: Servable,
    timeoutMs: number,
    start: (remainingMs: number) => PendingAnswer<T>,
  ): PendingAnswer<T> {
    if (!this.has(servable)) return start(timeoutMs);
    const { clock } = this;
    const message = `the model was not open within ${timeoutMs} ms`;
    return startOnce(this.open(servable), { clock, timeoutMs, message }, start);
  }

  /** It may be evicted again before a waiting request reaches it. */
  private async open(servable: Servable): Promise<void> {
    for (let opener = this.closed.get(servable); opener !== undefined; opener = this.closed.get(servable))
      await opener();
  }
}
