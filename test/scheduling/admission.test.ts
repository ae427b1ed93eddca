import { expect, it } from "vitest";
import { fullRefusal, lateRefusal, type QueueLoad } from "../../gateway/scheduling/admission.js";

const load = (overrides: Partial<QueueLoad> = {}): QueueLoad => ({
  queued: 0,
  queueMax: 10,
  idle: false,
  waitMs: 8,
  ...overrides,
});

it("lets everything in while nothing is known of the model's speed", () => {
  expect(lateRefusal("m", load({ waitMs: 0 }), 1)).toBeUndefined();
});

it("refuses a request that the queue cannot serve in time, and says when to come back", () => {
  expect(lateRefusal("m", load(), 10)).toBeUndefined();
  expect(lateRefusal("m", load(), 9.9)).toMatchObject({
    code: "resource_exhausted",
    processed: "no",
    retryable: true,
    retryAfterMs: 8,
    message: "m: the queue takes about 8.0 ms, the request has 9.9 ms left",
  });
});

it("lets an idle model take any request: one slow answer must not shut it for good", () => {
  expect(lateRefusal("m", load({ idle: true, waitMs: 60_000 }), 1)).toBeUndefined();
});

it("refuses what the queue has no place for", () => {
  expect(fullRefusal("m", load({ queued: 9 }))).toBeUndefined();
  expect(fullRefusal("m", load({ queued: 10 }))).toMatchObject({
    code: "resource_exhausted",
    processed: "no",
    message: "m: 10 requests are waiting, the limit is 10",
  });
  expect(fullRefusal("m", load({ queued: 10, waitMs: 0 }))?.retryAfterMs).toBe(1);
});
