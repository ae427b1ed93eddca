import { Registry } from "prom-client";
import { expect, it } from "vitest";
import { observeEventLoop } from "../../gateway/observe/event-loop-delay.js";

it("tells the median, the 99th percentile and the most, and numbers also where there was no look since the last scrape", async () => {
  const registry = new Registry();
  observeEventLoop(registry);
  for (let scrape = 0; scrape < 2; scrape++) {
    const text = await registry.metrics();
    const told = [...text.matchAll(/^headgate_event_loop_delay_seconds\{quantile="([^"]+)"\} (\S+)$/gm)];
    expect(told.map(([, quantile]) => quantile)).toEqual(["0.5", "0.99", "1"]);
    for (const [, , seconds] of told) expect(Number(seconds)).toBeGreaterThanOrEqual(0);
  }
});
