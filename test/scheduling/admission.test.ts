import { expect, it } from "vitest";
import { expectedWaitMs, type Load, refusal } from "../../gateway/scheduling/admission.js";

const load = (overrides: Partial<Load> = {}): Load => ({
  queued: 0,
  queueMax: 10,
  rowsAhead: 0,
  batchRows: 8,
  instances: 1,
  batchMs: 4,
  ...overrides,
});

it("expects whole batches, side by side on the instances", () => {
  expect(expectedWaitMs(load())).toBe(4);
  expect(expectedWaitMs(load({ rowsAhead: 7 }))).toBe(4);
  expect(expectedWaitMs(load({ rowsAhead: 8 }))).toBe(8);
  expect(expectedWaitMs(load({ rowsAhead: 31 }))).toBe(16);
  expect(expectedWaitMs(load({ rowsAhead: 31, instances: 2 }))).toBe(8);
  expect(expectedWaitMs(load({ rowsAhead: 31, instances: 3 }))).toBe(8);
});

it("lets everything in while nothing is known of the model's speed", () => {
  expect(refusal("m", load({ rowsAhead: 1_000, batchMs: undefined }), 1)).toBeUndefined();
});

it("refuses a request that the queue cannot serve in time, and says when to come back", () => {
  expect(refusal("m", load({ rowsAhead: 8 }), 8)).toBeUndefined();
  expect(refusal("m", load({ rowsAhead: 8 }), 7.9)).toMatchObject({
    code: "resource_exhausted",
    processed: "no",
    retryable: true,
    retryAfterMs: 8,
    message: "m: the queue takes about 8.0 ms, the request has 7.9 ms left",
  });
});

it("lets an idle model take any request: one slow answer must not shut it for good", () => {
  expect(refusal("m", load({ batchMs: 60_000 }), 1)).toBeUndefined();
});

it("refuses what the queue has no place for, whatever time it has", () => {
  expect(refusal("m", load({ queued: 9 }), 1e9)).toBeUndefined();
  expect(refusal("m", load({ queued: 10, rowsAhead: 10 }), 1e9)).toMatchObject({
    code: "resource_exhausted",
    processed: "no",
    message: "m: 10 requests are waiting, the limit is 10",
  });
  expect(refusal("m", load({ queued: 10, batchMs: undefined }), 1e9)?.retryAfterMs).toBe(1);
});
