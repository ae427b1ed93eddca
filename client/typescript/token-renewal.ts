/**
 * Renews the token of a connection before it expires, where the user gave a function that makes tokens. The gateway says
 * how many milliseconds the token has left, so that it does not matter whether the two clocks agree.
 */
import { HeadgateError } from "../../protocol/errors.js";

/** A token is renewed when a fifth of its time is left, or a minute of a long one's. */
const leadPart = 0.2;
const leadMostMs = 60_000;
/** The pauses between two attempts: a tenth of the time that is left, between these. */
const retryPart = 0.1;
const retryLeastMs = 1_000;
const retryMostMs = 30_000;
/** The longest time that a timer can be set to; a longer one would fire at once. */
const timerMostMs = 2 ** 31 - 1;

export interface TokenRenewalActions {
  /** Asks the user's function for a token and gives it to the gateway; settles with the `ack`'s `expires_in_ms`. */
  readonly renew: () => Promise<unknown>;
  readonly failed: (error: HeadgateError) => void;
  /** Milliseconds on a clock that only goes forward. */
  readonly now: () => number;
}

export class TokenRenewal {
  private timer: ReturnType<typeof setTimeout> | undefined;
  /** Counts connections, so that an answer to an attempt on an earlier one is ignored. */
  private connection = 0;
  private expiresAt = Infinity;

  constructor(private readonly actions: TokenRenewalActions) {}

  /** @param expiresInMs as the gateway says it in `welcome` or `ack`: absent for a token that does not expire */
  begin(expiresInMs: unknown): void {
    this.end();
    if (typeof expiresInMs !== "number" || !Number.isFinite(expiresInMs)) return;
    this.expiresAt = this.actions.now() + expiresInMs;
    const leadMs = Math.min(leadMostMs, expiresInMs * leadPart);
    // Clients that were given their tokens in one moment do not all renew them in one moment.
    this.in(expiresInMs - leadMs * (1 + Math.random() / 2));
  }

  end(): void {
    clearTimeout(this.timer);
    this.connection++;
    this.expiresAt = Infinity;
  }

  private in(ms: number): void {
    const dueAt = this.actions.now() + ms;
    clearTimeout(this.timer);
    this.timer = setTimeout(
      () => {
        const leftMs = dueAt - this.actions.now();
        if (leftMs > 0) this.in(leftMs);
        else void this.attempt();
      },
      Math.min(ms, timerMostMs),
    );
  }

  private async attempt(): Promise<void> {
    const { connection, expiresAt } = this;
    const isCurrent = () => connection === this.connection;
    try {
      const expiresInMs = await this.actions.renew();
      if (!isCurrent()) return;
      this.begin(expiresInMs);
      // The function gave the token that the gateway has already, or one that lasts no longer.
      if (this.expiresAt < expiresAt + retryLeastMs) this.retry();
    } catch (error) {
      if (!isCurrent()) return;
      this.actions.failed(error instanceof HeadgateError ? error : ofFunction(error));
      this.retry();
    }
  }

  private retry(): void {
    const leftMs = this.expiresAt - this.actions.now();
    this.in(Math.min(Math.max(leftMs * retryPart, retryLeastMs), retryMostMs));
  }
}

function ofFunction(error: unknown): HeadgateError {
  const message = error instanceof Error ? error.message : String(error);
  return new HeadgateError("unauthenticated", `the function given as \`token\` failed: ${message}`);
}
