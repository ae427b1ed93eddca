/**
 * Measures how late the event loop of the socket thread runs its timers: whatever blocks that thread delays every
 * client.
 */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { Gauge, type Registry } from "prom-client";

/** Milliseconds between two measurements; a shorter delay may be missed. */
const resolutionMs = 10;

export function observeEventLoop(registry: Registry): void {
  const delays = monitorEventLoopDelay({ resolution: resolutionMs });
  delays.enable();
  new Gauge({
    name: "headgate_event_loop_delay_seconds",
    help: "How late the socket thread was since the last scrape: its median, its 99th percentile, its most",
    labelNames: ["quantile"],
    registers: [registry],
    collect() {
      // The recorded value is the time between two measurements, which includes the regular interval. It is 0 when
      // nothing was recorded since the last scrape.
      const late = (nanoseconds: number) => Math.max(0, nanoseconds / 1e9 - resolutionMs / 1e3);
      this.set({ quantile: "0.5" }, late(delays.percentile(50)));
      this.set({ quantile: "0.99" }, late(delays.percentile(99)));
      this.set({ quantile: "1" }, late(delays.max));
      delays.reset();
    },
  });
}
