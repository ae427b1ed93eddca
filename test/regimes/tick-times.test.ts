/** A tick in a wrong unit is refused before it locks its stream; an odd one that is taken is told of. */
import { describe, expect, it } from "vitest";
import { MemoryJournal } from "../../gateway/regimes/journal/memory-journal.js";
import { RegimeStreams } from "../../gateway/regimes/streams.js";
import { TurnBudget } from "../../gateway/turn-budget.js";
import type { ObserveFrame, OpenFrame } from "../../protocol/frames.js";
import { toWire } from "../../protocol/tensor.js";
import { FakeClock } from "../support/clock.js";
import { openly } from "../support/detectors.js";
import { endless } from "../support/lmdb.js";
import { noModels } from "../support/models.js";

const dayMs = 86_400_000;

function harness(aheadMaxMs = dayMs) {
  const clock = new FakeClock();
  const odd: string[] = [];
  const streams = new RegimeStreams({
    detectors: [openly],
    journal: new MemoryJournal(clock, endless),
    clock,
    countMax: 10,
    expiryMs: 1e15,
    aheadMaxMs,
    fit: async () => undefined,
    turns: new TurnBudget(clock),
    modelsOf: () => noModels,
    publish: () => {},
    oddTimes: (_, what) => odd.push(what),
  });
  streams.open("desk", open);
  const observe = (...ts: number[]) => streams.observe("desk", { stream: "SPX", ...ticks(ts) });
  return { now: clock.wall(), odd, streams, observe };
}

const open: OpenFrame = { type: "open", id: 1, stream: "SPX", detector: "openly" };

function ticks(ts: readonly number[]): Pick<ObserveFrame, "ts" | "values"> {
  const data = new Float64Array(ts.length);
  return { ts, values: toWire({ datatype: "FP64", shape: [ts.length, 1], data }) };
}

describe("a time ahead of the gateway's clock", () => {
  it.each<[string, number, RegExp]>([
    ["in microseconds", 1_000, /^ts: .*looks like microseconds: divide by 1,000$/],
    ["of a clock that is wrong", 1.1, /look at the feed's clock, and at the gateway's$/],
  ])("%s is refused by field, and the stream takes what comes", async (_, factor, why) => {
    const { now, observe } = harness();
    await observe(now);
    await expect(observe(now + 1, now * factor)).rejects.toMatchObject({
      code: "invalid_argument",
      message: expect.stringMatching(why),
    });
    expect(await observe(now + 1)).toMatchObject({ accepted: 1, last_ts: now + 1 });
  });

  it("may be ahead by as much as is set", async () => {
    const { now, observe } = harness(2 * dayMs);
    expect(await observe(now + 2 * dayMs)).toMatchObject({ accepted: 1 });
    await expect(observe(now + 2 * dayMs + 1)).rejects.toMatchObject({
      message: expect.stringContaining("at most 172800 s are taken (regimes.ts_ahead_max_ms)"),
    });
  });

  it("is refused in a history, too, by its own field", () => {
    const { now, streams } = harness();
    const history = { ...ticks([now * 1_000]), ts: [now * 1_000] };
    expect(() => streams.open("desk", { ...open, stream: "NDX", history })).toThrow(
      /^history\.ts: .*microseconds/,
    );
    expect(streams.get("desk", "NDX")).toBeUndefined();
  });
});

describe("a time that is odd", () => {
  it("because it looks like seconds is told of", async () => {
    const { now, observe, odd } = harness();
    await observe(now / 1_000);
    expect(odd).toEqual([expect.stringMatching(/looks like seconds/)]);
  });

  it("because it is years after the one before is told of; daily bars are not", async () => {
    const { now, observe, odd } = harness();
    const then = now - 500 * dayMs;
    for (let day = 0; day < 30; day++) await observe(then + day * dayMs);
    expect(odd).toEqual([]);
    await observe(now);
    expect(odd).toEqual([expect.stringMatching(/by 471 days/)]);
  });

  it("is not every small number: a replay may count from 0", async () => {
    const { observe, odd } = harness();
    await observe(0, 1, 2);
    await observe(3);
    expect(odd).toEqual([]);
  });
});
