/**
 * The key set of one issuer, kept fresh. It is read at the start and then at an interval, before anybody needs it. While
 * the issuer is away the last set remains in force, for a limited time: jose's own remote set would refuse every token
 * after ten minutes (docs/adr/0041).
 */
import type { Clock } from "../../clock.js";
import { keySetLimits } from "../../config/issuers.js";
import { pause } from "../../waiting/pause.js";
import { type KeySet, parseKeySet } from "./key-set.js";
import { KeySetError, type KeySetOutcome } from "./key-set-error.js";
import type { KeySetSource } from "./key-set-source.js";

export interface IssuerKeysSettings {
  readonly issuer: string;
  readonly refreshMs: number;
  readonly staleMaxMs: number;
  readonly cooldownMs: number;
}

type LogLine = (fields: object, message: string) => void;

/** The part of the gateway's log that is used here. */
export interface KeySetLog {
  readonly info: LogLine;
  readonly warn: LogLine;
  readonly error: LogLine;
}

export interface IssuerKeysDependencies {
  readonly clock: Clock;
  readonly log: KeySetLog;
  /** Counts an attempt to read the key set. */
  readonly attempted: (issuer: string, outcome: KeySetOutcome) => void;
}

export class IssuerKeys {
  private set: KeySet | undefined;
  private text: string | undefined;
  /** When the set was last read successfully, on the monotonic clock. */
  private readAt: number | undefined;
  private failures = 0;
  private lastOutcome: KeySetOutcome | undefined;
  private saidStale = false;
  private reading: Promise<void> | undefined;
  /** When an unknown key last caused a read. */
  private askedAt = Number.NEGATIVE_INFINITY;
  private renewal: Promise<void> | undefined;
  private disarm: (() => void) | undefined;
  /** Ends the read that is under way. */
  private giveUp: AbortController | undefined;
  private readonly closing = new AbortController();

  constructor(
    private readonly settings: IssuerKeysSettings,
    private readonly source: KeySetSource,
    private readonly dependencies: IssuerKeysDependencies,
  ) {}

  /** Settles after the first attempt, successful or not: an issuer that is away does not stop the gateway's start. */
  async start(): Promise<void> {
    await this.read();
  }

  close(): void {
    this.closing.abort();
    this.giveUp?.abort(new KeySetError("unreachable", "the gateway is going away"));
    this.disarm?.();
  }

  private get closed(): boolean {
    return this.closing.signal.aborted;
  }

  /** The keys in force; undefined when none were ever read, or the last ones are too old. */
  get current(): KeySet | undefined {
    const { ageMs } = this;
    return ageMs !== undefined && ageMs <= this.settings.staleMaxMs ? this.set : undefined;
  }

  /** Milliseconds since the set was last read successfully; undefined before the first time. */
  get ageMs(): number | undefined {
    return this.readAt === undefined ? undefined : this.dependencies.clock.now() - this.readAt;
  }

  /** Whether the last attempt to read the set failed, so that the issuer may have keys that are not known here. */
  get failing(): boolean {
    return this.failures > 0;
  }

  /**
   * Reads the set out of turn, for a token whose key is not in it: the issuer may have a new one. Anybody can send such
   * tokens, so this happens at most once in a cool-down. Tokens that come within it wait for its end and share one read.
   * They are not refused at once, because then a stranger who spends each cool-down would lock out those whose issuer
   * has just changed its key; and a connection that waits costs no more than one that is silent.
   */
  async renew(): Promise<void> {
    if (this.closed) return;
    if (this.reading !== undefined) return this.reading;
    // Without a set there is nothing to wait for: the timer reads it as soon as the issuer is back.
    if (this.current === undefined && this.cooldownLeftMs > 0) return;
    this.renewal ??= this.renewAfterCooldown().finally(() => {
      this.renewal = undefined;
    });
    return this.renewal;
  }

  private get cooldownLeftMs(): number {
    return this.askedAt + this.settings.cooldownMs - this.dependencies.clock.now();
  }

  private async renewAfterCooldown(): Promise<void> {
    const { clock } = this.dependencies;
    if (this.cooldownLeftMs > 0) await pause(this.cooldownLeftMs, clock, this.closing.signal);
    if (this.closed) return;
    this.askedAt = clock.now();
    await this.read();
  }

  /** Joins the read that is under way, or starts one. */
  private read(): Promise<void> {
    this.reading ??= this.attempt().finally(() => {
      this.reading = undefined;
      this.arm();
    });
    return this.reading;
  }

  private async attempt(): Promise<void> {
    try {
      this.take(await this.textInTime());
    } catch (error) {
      if (!(error instanceof KeySetError)) throw error;
      if (!this.closed) this.failed(error);
    }
  }

  private async textInTime(): Promise<string> {
    const { clock } = this.dependencies;
    const giveUp = new AbortController();
    this.giveUp = giveUp;
    const cancel = clock.after(keySetLimits.fetch_ms, () =>
      giveUp.abort(new KeySetError("timeout", `no answer within ${keySetLimits.fetch_ms} ms`)),
    );
    try {
      return await this.source.read(giveUp.signal);
    } finally {
      cancel();
    }
  }

  private take(text: string): void {
    const { clock, log } = this.dependencies;
    const known = text === this.text && this.set !== undefined;
    const set = known ? this.set : parseKeySet(text);
    if (!known && set !== undefined) {
      const line = { issuer: this.settings.issuer, keys: set.size, ignored: set.ignored };
      if (set.size === 0) log.warn(line, "the issuer's key set has no key that can verify a token");
      else log.info(line, "the issuer's key set was read");
    } else if (this.failures > 0)
      log.info({ issuer: this.settings.issuer }, "the issuer's key set can be read again");
    this.set = set;
    this.text = text;
    this.readAt = clock.now();
    this.failures = 0;
    this.saidStale = false;
    this.count(known ? "unchanged" : "updated");
  }

  private failed({ outcome, message }: KeySetError): void {
    const { log } = this.dependencies;
    const { issuer, staleMaxMs } = this.settings;
    const { ageMs } = this;
    this.failures++;
    const line = {
      issuer,
      outcome,
      reason: message,
      ...(ageMs !== undefined && { age_ms: Math.round(ageMs) }),
    };
    if (this.current === undefined && !this.saidStale) {
      this.saidStale = true;
      const cause = ageMs === undefined ? "it was never read" : `it is older than ${staleMaxMs} ms`;
      log.error(line, `the issuer's key set cannot be read and ${cause}: its tokens are refused`);
    } else if (outcome !== this.lastOutcome)
      log.warn(line, "the issuer's key set could not be read; the last one remains in force");
    this.count(outcome);
  }

  private count(outcome: KeySetOutcome): void {
    this.lastOutcome = outcome;
    this.dependencies.attempted(this.settings.issuer, outcome);
  }

  private arm(): void {
    this.disarm?.();
    if (this.closed) return;
    const { refreshMs } = this.settings;
    const retryMs = keySetLimits.retry_ms * 2 ** Math.min(this.failures - 1, 20);
    const ms = this.failures === 0 ? refreshMs : Math.min(refreshMs, retryMs);
    this.disarm = this.dependencies.clock.after(ms, () => void this.read());
  }
}
