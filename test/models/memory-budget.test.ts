import { describe, expect, it } from "vitest";
import { MemoryBudget } from "../../gateway/models/memory-budget.js";
import { FakeClock } from "../support/clock.js";

function harness(bytesMax = 100) {
  const clock = new FakeClock();
  const evicted: string[] = [];
  const busy = new Set<string>();
  const budget = new MemoryBudget(clock, bytesMax, (key) => evicted.push(key));
  const reserve = (key: string, bytes: number) =>
    budget.reserve(key, { bytes, fileBytes: 1, busy: () => busy.has(key), evict: () => {} });
  const open = async (key: string, bytes: number) => {
    await reserve(key, bytes);
    budget.opened(key);
    await clock.advance(1);
  };
  return { clock, budget, evicted, busy, reserve, open };
}

describe("the memory budget", () => {
  it("evicts the least recently used first, and no more than is needed", async () => {
    const { budget, evicted, open } = harness();
    await open("a", 40);
    await open("b", 40);
    budget.touch("a");
    await open("c", 50);
    expect(evicted).toEqual(["b"]);
    expect(budget.bytes).toBe(90);
  });

  it("never evicts what has requests, or is being opened; it waits until something is idle", async () => {
    const { clock, budget, evicted, busy, reserve, open } = harness();
    await open("a", 60);
    busy.add("a");
    await reserve("b", 40);
    let given = false;
    const waiting = reserve("c", 50).then(() => {
      given = true;
    });
    await clock.advance(1_000);
    expect({ given, evicted }).toEqual({ given: false, evicted: [] });
    busy.delete("a");
    await clock.advance(100);
    await waiting;
    expect(evicted).toEqual(["a"]);
    expect(budget.bytes).toBe(90);
  });

  it("gives up after half a minute, and says so as something to try again", async () => {
    const { clock, busy, reserve, open } = harness();
    await open("a", 60);
    busy.add("a");
    const refused = expect(reserve("b", 50)).rejects.toMatchObject({
      code: "unavailable",
      retryable: true,
      processed: "no",
    });
    await clock.advance(31_000);
    await refused;
  });

  it("refuses for good what would not fit alone, naming the setting", async () => {
    const { reserve, open, evicted } = harness();
    await open("a", 60);
    await expect(reserve("b", 101)).rejects.toMatchObject({
      retryable: false,
      message: expect.stringMatching(/b needs about 101 bytes; raise engine\.model_memory_bytes/),
    });
    expect(evicted).toEqual([]);
  });

  it("counts what a version holds once it is open, where opening it took more", async () => {
    const { budget, evicted, reserve, open } = harness();
    await reserve("a", 90);
    budget.settle("a", 30);
    budget.opened("a");
    await open("b", 60);
    expect({ bytes: budget.bytes, fileBytes: budget.fileBytes, evicted }).toEqual({
      bytes: 90,
      fileBytes: 2,
      evicted: [],
    });
    budget.settle("gone", 30);
    expect(budget.bytes).toBe(90);
  });

  it("counts what was released no more, once", async () => {
    const { budget, open } = harness();
    await open("a", 60);
    budget.release("a");
    budget.release("a");
    expect(budget.bytes).toBe(0);
  });
});
