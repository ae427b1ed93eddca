/** The source of time, which tests replace so that they do not have to wait. */
import { AwakeClock, everyMs } from "./awake-clock.js";

export interface Clock {
  /** Milliseconds on a monotonic clock. */
  now(): number;
  /** Milliseconds in which the process was able to receive input from its peers. */
  awake(): number;
  /** Milliseconds since the epoch. */
  wall(): number;
  /** Milliseconds of processor time that the process has used, over all threads. */
  used(): number;
  /**
   * Calls back after `ms`; the returned function cancels the timer. A pending timer does not keep the process alive.
   */
  after(ms: number, callback: () => void): () => void;
  /** Calls back after the input that has already arrived was read. */
  soon(callback: () => void): void;
}

const awake = new AwakeClock(performance.now());
setInterval(() => awake.look(performance.now()), everyMs).unref();

export const systemClock: Clock = {
  now: () => performance.now(),
  awake: () => awake.at(performance.now()),
  wall: () => Date.now(),
  used: () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1_000;
  },
  after(ms, callback) {
    const timer = setTimeout(callback, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
  soon: (callback) => void setImmediate(callback),
};
