/** How late the socket thread ran its timers, measured only while somebody watches. */
import { monitorEventLoopDelay } from "node:perf_hooks";
import type { ProcessStats } from "../../../protocol/samples.js";

/** Milliseconds between two measurements; a shorter delay may be missed. */
const resolutionMs = 10;

export interface EventLoopDelays {
  /** The delays in milliseconds since the last call. */
  next(): ProcessStats["event_loop_delay_ms"];
  end(): void;
}

export function eventLoopDelays(): EventLoopDelays {
  const delays = monitorEventLoopDelay({ resolution: resolutionMs });
  delays.enable();
  // What is recorded is the time between two measurements, which includes the regular interval.
  const late = (nanoseconds: number) => Number(Math.max(0, nanoseconds / 1e6 - resolutionMs).toPrecision(4));
  return {
    next() {
      const found = {
        p50: late(delays.percentile(50)),
        p99: late(delays.percentile(99)),
        max: late(delays.max),
      };
      delays.reset();
      return found;
    },
    end: () => void delays.disable(),
  };
}
