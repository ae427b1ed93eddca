/** Rings once when a stream was given nothing for too long. Touched for every observation, so that is cheap. */
import type { Clock } from "../clock.js";

export class SilenceTimer {
  private touchedAt: number;
  /** When it was touched, or began, on the clock that stands still while the process does. */
  private awakeAt: number;
  private cancel: (() => void) | undefined;

  /**
   * @param quietMs milliseconds for which it was given nothing already: while no gateway ran nothing could be
   * given, so they are told and do not ring
   * @param maxMs undefined: it never rings
   */
  constructor(
    private readonly clock: Clock,
    quietMs: number,
    private readonly maxMs: number | undefined,
    private readonly ring: () => void,
  ) {
    this.awakeAt = clock.awake();
    this.touchedAt = clock.now() - quietMs;
    this.arm();
  }

  /** Milliseconds since it was touched. */
  get ms(): number {
    return this.clock.now() - this.touchedAt;
  }

  touch(): void {
    this.touchedAt = this.clock.now();
    this.awakeAt = this.clock.awake();
    if (this.cancel === undefined) this.arm();
  }

  /** What it rang for could not be told: it rings once more, later. */
  rearm(): void {
    if (this.cancel === undefined) this.wait(againMs);
  }

  stop(): void {
    this.cancel?.();
    this.cancel = () => {}; // nothing arms it again
  }

  private arm(): void {
    if (this.maxMs !== undefined) this.wait(this.maxMs - this.observedMs);
  }

  private wait(ms: number): void {
    this.cancel = this.clock.after(Math.min(ms, timerMax), () => {
      // Timers ring before sockets are read: what the feed sent while this process was busy comes first.
      let stopped = false;
      this.cancel = () => {
        stopped = true;
      };
      this.clock.soon(() => {
        if (stopped) return;
        this.cancel = undefined;
        if (this.observedMs >= (this.maxMs ?? Infinity)) this.ring();
        else this.arm();
      });
    });
  }

  /** Milliseconds of silence that this gateway was there for. */
  private get observedMs(): number {
    return this.clock.awake() - this.awakeAt;
  }
}

const againMs = 1_000;

/** Node's timers hold 2^31 - 1 ms; a longer silence is waited for in pieces. */
const timerMax = 2_000_000_000;
