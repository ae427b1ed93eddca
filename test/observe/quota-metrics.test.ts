import { Registry } from "prom-client";
import { expect, it } from "vitest";
import { QuotaMetrics } from "../../gateway/observe/quota-metrics.js";

it("the number of tenants with lines of their own is bounded, and those of the config are among them", async () => {
  const registry = new Registry();
  const metrics = new QuotaMetrics(registry);
  metrics.know(["desk-a"]);
  for (let i = 0; i < 5_000; i++) metrics.refused(`stranger-${i}`, "requests");
  metrics.refused("desk-a", "requests");
  metrics.read(() => [
    { tenant: "desk-a", quota: "streams", used: 3, limit: 10 },
    { tenant: "desk-a", quota: "fits", used: 1, limit: Infinity },
    { tenant: "stranger-4999", quota: "streams", used: 1, limit: 10 },
  ]);
  const text = await registry.metrics();
  const lines = text.split("\n").filter((line) => line.startsWith("headgate_quota_refusals_total{"));
  expect(lines).toHaveLength(257);
  expect(text).toContain('headgate_quota_refusals_total{tenant="(others)",quota="requests"} 4745');
  expect(text).toContain('headgate_quota_refusals_total{tenant="desk-a",quota="requests"} 1');
  expect(text).toContain('headgate_quota_used{tenant="desk-a",quota="streams"} 3');
  expect(text).toContain('headgate_quota_limit{tenant="desk-a",quota="streams"} 10');
  expect(text).not.toContain('headgate_quota_limit{tenant="desk-a",quota="fits"}');
  expect(text).not.toContain('quota_used{tenant="stranger-4999"');
});
