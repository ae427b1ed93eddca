/** Time, so that what waits can be tested without waiting. */
export interface Clock {
  /** Milliseconds on a clock that never jumps. */
  now(): number;
  /** Milliseconds since the epoch. */
  wall(): number;
  /** Calls back after `ms`; the answer cancels it. A waiting timer does not keep the process alive. */
  after(ms: number, callback: () => void): () => void;
  /** Calls back once the input that has already arrived is taken. */
  soon(callback: () => void): void;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
  soon: (callback) => void setImmediate(callback),
};
