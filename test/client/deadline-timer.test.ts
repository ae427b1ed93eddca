import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { DeadlineTimer } from "../../client/typescript/deadline-timer.js";
import { check } from "../protocol/check.js";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

class Item {
  settled = false;
  isTimed = false;
  constructor(readonly deadline: number) {}
}

function harness(graceMs = 0) {
  const late: Item[] = [];
  const deadlines = new DeadlineTimer<Item>(graceMs, (item) => {
    item.settled = true;
    late.push(item);
  });
  const add = (inMs: number) => {
    const item = new Item(performance.now() + inMs);
    deadlines.add(item);
    return item;
  };
  const settle = (item: Item) => {
    item.settled = true;
    deadlines.settled(item);
  };
  return { deadlines, late, add, settle };
}

describe("deadlines", () => {
  it("pass in their order, each once and at its time, except those that were settled before", () => {
    const entry = fc.record({ inMs: fc.integer({ min: 1, max: 500 }), settledFirst: fc.boolean() });
    check(
      fc.property(fc.array(entry, { maxLength: 300 }), (entries) => {
        vi.clearAllTimers();
        const { late, add, settle } = harness();
        const items = entries.map(({ inMs }) => add(inMs));
        for (const [i, { settledFirst }] of entries.entries()) if (settledFirst) settle(items[i] as Item);
        const left = items.filter(({ settled }) => !settled);
        for (let ms = 0; ms < 510; ms += 10) {
          vi.advanceTimersByTime(10);
          const now = performance.now();
          expect(late.length).toBeGreaterThanOrEqual(left.filter(({ deadline }) => deadline <= now).length);
          expect(late.every(({ deadline }) => deadline <= now + 1)).toBe(true);
        }
        expect(late.map(({ deadline }) => deadline)).toEqual(
          left.map(({ deadline }) => deadline).sort((a, b) => a - b),
        );
        expect(vi.getTimerCount()).toBe(0);
      }),
      40,
    );
  });

  it("are all on one timer, which is set anew for one that is sooner", () => {
    const { late, add } = harness(20);
    for (let i = 0; i < 1_000; i++) add(1_000 + i);
    const soon = add(50);
    expect(vi.getTimerCount()).toBe(1);
    vi.advanceTimersByTime(69);
    expect(late).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(late).toEqual([soon]);
  });

  it("do not keep what was settled: at most as many as are left, and a few", () => {
    const { deadlines, add, settle } = harness();
    const left = Array.from({ length: 10 }, () => add(30_000));
    for (let i = 0; i < 10_000; i++) {
      settle(add(30_000));
      expect(deadlines.size).toBeLessThanOrEqual(2 * left.length + 66);
    }
  });

  it("have no timer after they were cleared", () => {
    const { deadlines, add, settle } = harness();
    const item = add(10);
    deadlines.clear();
    expect(vi.getTimerCount()).toBe(0);
    settle(item);
    add(10);
    expect(vi.getTimerCount()).toBe(1);
  });
});
