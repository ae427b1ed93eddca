/**
 * Calls back once when a stream had no observation for too long. It is touched at every observation, which is cheap.
 */
import type { Clock } from "../clock.js";

export class SilenceTimer {
  private touchedAt: number;
  /** When it was touched or made, on the clock that stands still while the process is suspended. */
  private awakeAt: number;
  private cancel: (() => void) | undefined;

  /**
   * @param quietMs milliseconds without an observation before this gateway started: they count in what is reported
   * and do not trigger, since nothing could be observed while no gateway ran
   * @param maxMs undefined: it never triggers
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

  /** The event that it triggered could not be kept: it triggers again, later. */
  rearm(): void {
    if (this.cancel === undefined) this.wait(againMs);
  }

  stop(): void {
    this.cancel?.();
    this.cancel = () => {}; // from here on nothing arms it again
  }

  private arm(): void {
    if (this.maxMs !== undefined) this.wait(this.maxMs - this.observedMs);
  }

  private wait(ms: number): void {
    this.cancel = this.clock.after(Math.min(ms, timerMax), () => {
      // Node runs timers before it reads sockets: what the feed sent while this process was busy is read first.
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

  /** Milliseconds of silence during which this gateway ran. */
  private get observedMs(): number {
    return this.clock.awake() - this.awakeAt;
  }
}

const againMs = 1_000;

/** Node's timers take 2^31 - 1 ms at most; a longer silence is awaited in several timers. */
const timerMax = 2_000_000_000;
