/** Times in which no gateway answers: since when, why, and when the client tries again. */
import { UnavailableError } from "./unavailable-error.js";

/** A time in which no gateway answered, as `onBack` is given it once a gateway answers again. */
export interface Outage {
  /** The addresses that were tried. */
  readonly addresses: readonly string[];
  /** What the last attempt at each address met. */
  readonly cause: string;
  /** Milliseconds from the first failure until a gateway answered. */
  readonly lastedMs: number;
  /** Requests that the fallback answered meanwhile. */
  readonly fallbacks: number;
}

export class Outages {
  private readonly causes = new Map<string, string>();
  private readonly loggedModels = new Set<string>();
  private since: number | undefined;
  private retryAt: number | undefined;
  private fallbacks = 0;
  private begun = 0;
  private endedMs = 0;

  constructor(
    private readonly urls: readonly string[],
    /** Milliseconds of a clock that never goes back. */
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Outages that began. */
  get count(): number {
    return this.begun;
  }

  /** Milliseconds of all outages together, with the one that goes on. */
  get totalMs(): number {
    return this.endedMs + (this.since === undefined ? 0 : this.now() - this.since);
  }

  /** What the last attempt at each address met; empty before the first. */
  get cause(): string {
    const [first = ""] = this.urls;
    if (this.urls.length === 1) return this.causes.get(first) ?? "";
    return [...this.causes].map(([url, cause]) => `${url}: ${cause}`).join("; ");
  }

  /** Notes that an address was lost or could not be reached. @returns whether an outage begins with it */
  begin(url: string, cause: string): boolean {
    this.causes.set(url, cause);
    if (this.since !== undefined) return false;
    this.since = this.now();
    this.begun++;
    return true;
  }

  /** Notes when the next attempt comes. */
  retryIn(ms: number): void {
    this.retryAt = this.now() + ms;
  }

  /** Counts a request that the fallback answered. @returns whether it is the model's first in this outage */
  countFallback(model: string): boolean {
    this.fallbacks++;
    if (this.loggedModels.has(model)) return false;
    this.loggedModels.add(model);
    return true;
  }

  /** Notes that a gateway answers. @returns the outage that ends with it, if there was one */
  end(): Outage | undefined {
    const { since, cause, fallbacks } = this;
    this.since = undefined;
    this.retryAt = undefined;
    this.fallbacks = 0;
    this.causes.clear();
    this.loggedModels.clear();
    if (since === undefined) return undefined;
    const lastedMs = this.now() - since;
    this.endedMs += lastedMs;
    return { addresses: this.urls, cause, lastedMs, fallbacks };
  }

  /** The error of a request that no gateway answered: it names the addresses, the cause and the next attempt. */
  error(what = "no gateway answers", next = this.nextAttempt()): UnavailableError {
    const cause = this.cause || "no attempt to connect has come to an end yet";
    const retryAfterMs = this.retryAt === undefined ? undefined : Math.max(0, this.retryAt - this.now());
    return new UnavailableError(
      `${what} at ${this.urls.join(", ")}: ${cause}${cause.endsWith("?") ? "" : "."}${next}`,
      { addresses: this.urls, cause, ...(retryAfterMs !== undefined && { retryAfterMs }) },
    );
  }

  private nextAttempt(): string {
    const ms = this.retryAt === undefined ? 0 : this.retryAt - this.now();
    return ms > 0 ? ` It is tried again in ${(ms / 1_000).toFixed(1)} s.` : " It is being tried now.";
  }
}
