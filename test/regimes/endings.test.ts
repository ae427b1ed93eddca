/** Whoever subscribed is told when a stream is replaced, closed or expires: last of all that it brought. */
import { describe, expect, it } from "vitest";
import type { LoggedEvent } from "../../gateway/events/event-log.js";
import { MemoryJournal } from "../../gateway/regimes/journal/memory-journal.js";
import type { Journal } from "../../gateway/regimes/journal.js";
import { RegimeStreams } from "../../gateway/regimes/streams.js";
import { TurnBudget } from "../../gateway/turn-budget.js";
import type { ObserveFrame, OpenFrame } from "../../protocol/frames.js";
import { toWire } from "../../protocol/tensor.js";
import { FakeClock } from "../support/clock.js";
import { openly } from "../support/detectors.js";
import { endless, newFolder, openJournal } from "../support/lmdb.js";
import { noModels } from "../support/models.js";

const expiryMs = 3_600_000;

function over(journal: Journal, clock: FakeClock, detectors = [openly]) {
  const told: LoggedEvent[] = [];
  const streams = new RegimeStreams({
    detectors,
    journal,
    clock,
    countMax: 10,
    expiryMs,
    fit: async () => undefined,
    turns: new TurnBudget(clock),
    modelsOf: () => noModels,
    publish: (event) => void told.push(event),
  });
  return { streams, kinds: () => told.map(({ data }) => data.kind), told };
}

const open: OpenFrame = { type: "open", id: 1, stream: "SPX", detector: "openly" };
const other: OpenFrame = { ...open, parameters: { min_dwell: 3 }, replace: true };
const key = { namespace: "desk", topic: "regime.SPX" };

function observe(from: number, rows: readonly number[]): ObserveFrame {
  const values = toWire({ datatype: "FP64", shape: [rows.length, 1], data: Float64Array.from(rows) });
  return { type: "observe", stream: "SPX", ts: rows.map((_, i) => from + i), values };
}

describe("a stream that is replaced", () => {
  it("is told once, after what it brought and with what it was, whatever is still on its way", async () => {
    const clock = new FakeClock();
    const { streams, kinds, told } = over(new MemoryJournal(clock, endless), clock);
    streams.open("desk", open);
    const observed = [
      streams.observe("desk", observe(0, [0, 0])),
      streams.observe("desk", observe(2, [1, 1])),
    ];
    const { stream } = streams.open("desk", other);
    await Promise.all([...observed, stream.settled()]);
    expect(kinds()).toEqual(["regime_change", "regime_change", "stream_replaced"]);
    expect(told.at(-1)).toMatchObject({
      ...key,
      offset: 3,
      data: { stream: "SPX", detector: "openly", version: "1", observations: 4, last_ts: 3 },
    });
    expect(stream.state()).toMatchObject({ observations: 0, regime: "unknown" });
    await streams.observe("desk", observe(0, [0, 0, 0]));
    expect(told.at(-1)).toMatchObject({ offset: 4, data: { kind: "regime_change", from: "unknown" } });
  });

  it("by the same again is not replaced, and nothing is told", async () => {
    const clock = new FakeClock();
    const { streams, kinds } = over(new MemoryJournal(clock, endless), clock);
    await streams.open("desk", open).stream.settled();
    await streams.open("desk", { ...open, replace: true }).stream.settled();
    expect(kinds()).toEqual([]);
  });

  it("because no detector of this gateway fits its state is told, too", async () => {
    const [clock, folder] = [new FakeClock(), await newFolder()];
    const journal = await openJournal(folder, clock);
    const before = over(journal, clock);
    before.streams.open("desk", open);
    await before.streams.observe("desk", observe(0, [0]));
    await before.streams.stop();
    const newer = { ...openly, signature: { ...openly.signature, version: "2" } };
    const { streams, told } = over(journal, clock, [newer]);
    await streams.open("desk", open).stream.settled();
    expect(told.map(({ data }) => data)).toEqual([
      {
        kind: "stream_replaced",
        stream: "SPX",
        detector: "openly",
        version: "2",
        observations: 1,
        last_ts: 0,
      },
    ]);
  });
});

describe("a stream that is closed", () => {
  it("is told after what it brought; one that is opened anew comes after that", async () => {
    const clock = new FakeClock();
    const { streams, kinds, told } = over(new MemoryJournal(clock, endless), clock);
    streams.open("desk", open);
    const observed = streams.observe("desk", observe(0, [0, 0]));
    const closed = streams.close("desk", "SPX");
    expect(streams.state("desk", "SPX")).toBeNull();
    const { created, stream } = streams.open("desk", open);
    expect(created).toBe(true);
    const again = streams.observe("desk", observe(0, [1, 1]));
    await Promise.all([observed, closed, stream.settled(), again]);
    expect(kinds()).toEqual(["regime_change", "stream_closed", "regime_change"]);
    expect(told.map(({ offset }) => offset)).toEqual([1, 2, 3]);
    expect(told[1]?.data).toEqual({
      kind: "stream_closed",
      stream: "SPX",
      reason: "closed",
      observations: 2,
      last_ts: 1,
    });
    expect(told[2]?.data).toMatchObject({ from: "unknown", to: "turbulent" });
  });

  it("is told on disk, in one transaction with its end", async () => {
    const [clock, folder] = [new FakeClock(), await newFolder()];
    const journal = await openJournal(folder, clock);
    const { streams, told } = over(journal, clock);
    await streams.open("desk", open).stream.settled();
    await streams.close("desk", "SPX");
    await journal.close();
    const after = await openJournal(folder, clock);
    expect(after.streams()).toEqual([]);
    expect(await after.read(key, 0, 10)).toEqual(told);
    expect(told).toMatchObject([{ data: { kind: "stream_closed", observations: 0, last_ts: null } }]);
  });

  it("for want of observations says that it expired", async () => {
    const clock = new FakeClock();
    const { streams, told } = over(new MemoryJournal(clock, endless), clock);
    await streams.open("desk", open).stream.settled();
    await clock.advance(expiryMs + 120_000);
    expect(told.map(({ data }) => data)).toMatchObject([{ kind: "stream_closed", reason: "expired" }]);
  });
});
