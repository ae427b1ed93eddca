/** Time, so that what waits can be tested without waiting. */
import { AwakeClock, everyMs } from "./awake-clock.js";

export interface Clock {
  /** Milliseconds on a clock that never jumps. */
  now(): number;
  /** Milliseconds that the process was awake: those for which peers could be heard. */
  awake(): number;
  /** Milliseconds since the epoch. */
  wall(): number;
  /** Milliseconds of processor time that the process has used, all threads together. */
  used(): number;
  /** Calls back after `ms`; the answer cancels it. A waiting timer does not keep the process alive. */
  after(ms: number, callback: () => void): () => void;
  /** Calls back once the input that has already arrived is taken. */
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
