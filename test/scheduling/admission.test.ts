import { expect, it } from "vitest";
import { expectedWaitMs, type Load, refusal } from "../../gateway/scheduling/admission.js";

/** A model that takes so long for each batch. */
const taking = (ms: number) => ({ expectedMs: (batches: number) => batches * ms });

const load = (overrides: Partial<Load> = {}): Load => ({
  queued: 0,
  queueMax: 10,
  rowsAhead: 0,
  batchRows: 8,
  service: taking(4),
  ...overrides,
});

it("expects whole batches", () => {
  expect(expectedWaitMs(load())).toBe(4);
  expect(expectedWaitMs(load({ rowsAhead: 7 }))).toBe(4);
  expect(expectedWaitMs(load({ rowsAhead: 8 }))).toBe(8);
  expect(expectedWaitMs(load({ rowsAhead: 31 }))).toBe(16);
});

it("lets everything in while nothing is known of the model's speed", () => {
  expect(refusal("m", load({ rowsAhead: 1_000, service: taking(0) }), 1)).toBeUndefined();
});

it("refuses a request that the queue cannot serve in time, and says when to come back", () => {
  expect(refusal("m", load({ rowsAhead: 8 }), 10)).toBeUndefined();
  expect(refusal("m", load({ rowsAhead: 8 }), 9.9)).toMatchObject({
    code: "resource_exhausted",
    processed: "no",
    retryable: true,
    retryAfterMs: 8,
    message: "m: the queue takes about 8.0 ms, the request has 9.9 ms left",
  });
});

it("lets an idle model take any request: one slow answer must not shut it for good", () => {
  expect(refusal("m", load({ service: taking(60_000) }), 1)).toBeUndefined();
});

it("refuses what the queue has no place for, whatever time it has", () => {
  expect(refusal("m", load({ queued: 9 }), 1e9)).toBeUndefined();
  expect(refusal("m", load({ queued: 10, rowsAhead: 10 }), 1e9)).toMatchObject({
    code: "resource_exhausted",
    processed: "no",
    message: "m: 10 requests are waiting, the limit is 10",
  });
  expect(refusal("m", load({ queued: 10, service: taking(0) }), 1e9)?.retryAfterMs).toBe(1);
});
