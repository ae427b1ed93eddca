/** A clock whose time stands still until a test moves it. */
import type { Clock } from "../../gateway/clock.js";

interface Timer {
  readonly at: number;
  readonly callback: () => void;
}

export class FakeClock implements Clock {
  private time = 0;
  private slept = 0;
  private usedMs = 0;
  private timers: Timer[] = [];
  private readonly ready: (() => void)[] = [];
  /** By how much the wall clock was set ahead. */
  wallAheadMs = 0;
  /** The number of turns of the event loop so far. */
  turn = 0;

  now(): number {
    return this.time;
  }

  awake(): number {
    return this.time - this.slept;
  }

  wall(): number {
    return 1_700_000_000_000 + this.wallAheadMs + this.time;
  }

  used(): number {
    return this.usedMs;
  }

  after(ms: number, callback: () => void): () => void {
    const timer = { at: this.time + ms, callback };
    this.timers.push(timer);
    return () => {
      this.timers = this.timers.filter((each) => each !== timer);
    };
  }

  soon(callback: () => void): void {
    this.ready.push(callback);
  }

  /** The number of timers that have neither fired nor been cancelled. */
  get armed(): number {
    return this.timers.length;
  }

  /** Moves the time without running anything, as in a busy process. */
  jump(ms: number): void {
    this.time += ms;
    this.usedMs += ms;
  }

  /** Stops the process for the given time: timers that fell due meanwhile fire afterwards. */
  sleep(ms: number): void {
    this.time += ms;
    this.slept += ms;
  }

  /** Runs everything that is ready: the callbacks given to `soon`, and every promise that can settle. */
  async settle(): Promise<void> {
    await settled();
    while (this.ready.length > 0) {
      this.turn++;
      for (const callback of this.ready.splice(0)) callback();
      await settled();
    }
  }

  /** Runs one turn of the loop. Of the callbacks given to `soon`, it runs only those given before this turn. */
  async turnLoop(): Promise<void> {
    await settled();
    this.turn++;
    for (const callback of this.ready.splice(0)) callback();
    await settled();
  }

  /** Moves the time forward and fires each timer when it is due. */
  async advance(ms: number): Promise<void> {
    const until = this.time + ms;
    await this.settle();
    for (let timer = this.due(until); timer !== undefined; timer = this.due(until)) {
      this.time = Math.max(this.time, timer.at);
      timer.callback();
      await this.settle();
    }
    this.time = until;
    await this.settle();
  }

  private due(until: number): Timer | undefined {
    const [first] = this.timers.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at);
    this.timers = this.timers.filter((each) => each !== first);
    return first;
  }
}

/** Resolves when every promise that needs neither time nor I/O has settled. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
