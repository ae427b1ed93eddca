/** The demo's own check that a crash lost nothing: each kind of loss must break a promise. */
import { describe, expect, test } from "vitest";
import { brokenPromises, type DeliveryCounts, eventCounts } from "../../examples/demo/delivery.js";

const fine: DeliveryCounts = {
  requests: { asked: 100, by_gateway: 90, by_fallback: 10, failed: 0 },
  observations: {
    sent: 50,
    acked_before_kill: 20,
    acked_after_kill: 30,
    unacked_at_kill: 2,
    acked_as_duplicate: 1,
    failed: 0,
    kept_at_return: 21,
    kept: 50,
  },
  events: {
    received_before_kill: 3,
    received_after_kill: 4,
    in_log: 7,
    missing: 0,
    repeated: 0,
    out_of_order: 0,
  },
};

function changed(counts: {
  readonly requests?: Partial<DeliveryCounts["requests"]>;
  readonly observations?: Partial<DeliveryCounts["observations"]>;
  readonly events?: Partial<DeliveryCounts["events"]>;
}): DeliveryCounts {
  return {
    requests: { ...fine.requests, ...counts.requests },
    observations: { ...fine.observations, ...counts.observations },
    events: { ...fine.events, ...counts.events },
  };
}

describe("counts that add up", () => {
  test("break no promise", () => {
    expect(brokenPromises(fine)).toEqual([]);
  });

  test("break none where the gateway was not killed", () => {
    const observations = {
      acked_before_kill: 50,
      acked_after_kill: 0,
      unacked_at_kill: 0,
      kept_at_return: null,
    };
    expect(brokenPromises(changed({ observations }))).toEqual([]);
  });

  test("let a gateway keep what it took before it was killed and had not acked", () => {
    expect(brokenPromises(changed({ observations: { kept_at_return: 22 } }))).toEqual([]);
  });
});

test.each([
  ["a request failed", { requests: { by_fallback: 9, failed: 1 } }, "1 of 100 requests failed"],
  ["a request had no answer", { requests: { by_fallback: 9 } }, "100 requests had 99 answers"],
  ["a request had two answers", { requests: { by_fallback: 11 } }, "100 requests had 101 answers"],
  [
    "an observation was not acked",
    { observations: { acked_after_kill: 29 } },
    "49 of 50 observations were acked",
  ],
  [
    "an acked observation was gone when the gateway was back",
    { observations: { kept_at_return: 19 } },
    "lost in the crash: 20 observations were acked, 19 were kept",
  ],
  [
    "the gateway came back with more than it was sent",
    { observations: { kept_at_return: 23 } },
    "23 observations were kept, 22 had been sent",
  ],
  [
    "an observation was counted twice",
    { observations: { kept: 51 } },
    "50 observations were sent, the gateway has 51",
  ],
  [
    "an event did not arrive",
    { events: { received_after_kill: 3, missing: 1 } },
    "1 of 7 events in the log did not arrive",
  ],
  [
    "an event arrived twice",
    { events: { received_after_kill: 5, repeated: 1 } },
    "1 events arrived more than once",
  ],
  ["an event came late", { events: { out_of_order: 1 } }, "1 events arrived out of order"],
  [
    "an event arrived that is not in the log",
    { events: { received_after_kill: 5 } },
    "8 events arrived, the log has 7",
  ],
])("a promise is broken when %s", (_, counts, words) => {
  expect(brokenPromises(changed(counts))).toEqual([words]);
});

describe("the count of events", () => {
  const offsets = (...list: number[]) => list.map((offset) => ({ offset }));

  test.each([
    ["each once", [1, 2, 3], { missing: 0, repeated: 0, out_of_order: 0 }],
    ["one missing", [1, 3], { missing: 1, repeated: 0, out_of_order: 0 }],
    ["one twice", [1, 2, 2, 3], { missing: 0, repeated: 1, out_of_order: 0 }],
    ["one late", [1, 3, 2], { missing: 0, repeated: 0, out_of_order: 1 }],
    ["one told again after the crash", [1, 2, 1, 2, 3], { missing: 0, repeated: 2, out_of_order: 1 }],
  ])("sees %s", (_, received, expected) => {
    expect(eventCounts(offsets(...received), 1, offsets(1, 2, 3))).toEqual({
      received_before_kill: 1,
      received_after_kill: received.length - 1,
      in_log: 3,
      ...expected,
    });
  });
});
