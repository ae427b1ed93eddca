/** A feed that dies behind a socket that lives: told as an event once, over a restart too. */
import { describe, expect, it, onTestFinished } from "vitest";
import type { Journal } from "../../gateway/regimes/journal.js";
import type { OpenFrame } from "../../protocol/frames.js";
import { toWire } from "../../protocol/tensor.js";
import { FakeClock } from "../support/clock.js";
import { newFolder, openJournal } from "../support/lmdb.js";
import { streamsOver } from "../support/streams.js";
import { until } from "../support/until.js";

function streamsOn(journal: Journal, clock: FakeClock) {
  const { streams, told } = streamsOver(journal, clock);
  onTestFinished(() => streams.stop());
  const observe = (ts: number, value: number) =>
    streams.observe("desk", {
      stream: "SPX",
      ts,
      values: toWire({ datatype: "FP64", shape: [1], data: Float64Array.of(value) }),
    });
  const kinds = () => told.map(({ data }) => data.kind);
  const heard = (...wanted: string[]) => until(async () => expect(kinds()).toEqual(wanted));
  return { streams, told, observe, kinds, heard };
}

const open: OpenFrame = {
  type: "open",
  id: 1,
  stream: "SPX",
  detector: "openly",
  parameters: { max_silence_ms: 1_000 },
};

async function opened() {
  const [clock, folder] = [new FakeClock(), await newFolder()];
  const journal = await openJournal(folder, clock);
  const all = streamsOn(journal, clock);
  await all.streams.open("desk", open).stream.settled();
  return { clock, folder, journal, ...all };
}

describe("max_silence_ms", () => {
  it("brings one event when the feed falls silent, and one when it is back", async () => {
    const { clock, observe, told, heard, kinds, streams } = await opened();
    await observe(5, 0.5);
    expect(streams.silentCount).toBe(0);
    await clock.advance(999);
    expect(kinds()).toEqual([]);
    await observe(6, 0.5);
    await clock.advance(999);
    expect(kinds()).toEqual([]);
    await clock.advance(1);
    await heard("feed_silent");
    await clock.advance(10_000);
    expect(kinds()).toEqual(["feed_silent"]);
    expect(streams.silentCount).toBe(1);
    await observe(7, 0.5);
    expect(streams.silentCount).toBe(0);
    expect(told.map(({ offset, data }) => ({ offset, ...data }))).toEqual([
      { offset: 1, kind: "feed_silent", stream: "SPX", last_ts: 6, max_silence_ms: 1_000 },
      { offset: 2, kind: "feed_resumed", stream: "SPX", observed_ts: 7, silent_ms: 11_000 },
    ]);
    await clock.advance(1_000);
    await heard("feed_silent", "feed_resumed", "feed_silent");
  });

  it("counts from the opening for a stream that was never fed, and a duplicate is no sign of life", async () => {
    const { clock, observe, told, heard } = await opened();
    await clock.advance(1_000);
    await heard("feed_silent");
    expect(told[0]?.data).toMatchObject({ last_ts: null });
    await observe(1, 0.5);
    await clock.advance(600);
    expect(await observe(1, 0.5)).toMatchObject({ duplicates: 1 });
    await clock.advance(400);
    await heard("feed_silent", "feed_resumed", "feed_silent");
  });

  it("comes before the change that the same observation brings", async () => {
    const { clock, observe, heard } = await opened();
    await observe(1, 1);
    await clock.advance(1_000);
    await heard("feed_silent");
    await observe(2, 1);
    await heard("feed_silent", "feed_resumed", "regime_change");
  });

  it("is told once over a restart, and not of the time that no gateway was there", async () => {
    const { clock, folder, journal, observe, heard } = await opened();
    await observe(1, 0.5);
    await journal.close();
    clock.jump(600_000);
    const second = await openJournal(folder, clock);
    const after = streamsOn(second, clock);
    await clock.advance(999);
    expect(after.kinds()).toEqual([]);
    await clock.advance(1);
    await after.heard("feed_silent");
    await second.close();
    const third = await openJournal(folder, clock);
    const last = streamsOn(third, clock);
    await clock.advance(5_000);
    expect(last.kinds()).toEqual([]);
    await last.observe(2, 0.5);
    expect(last.told[0]?.data).toMatchObject({ kind: "feed_resumed", silent_ms: 606_000 });
    await heard();
  });

  it("is off unless set, and a closed stream says nothing more", async () => {
    const { clock, streams, kinds } = await opened();
    await streams.open("desk", { ...open, stream: "NDX", parameters: {} }).stream.settled();
    await streams.close("desk", "SPX");
    await clock.advance(100_000);
    expect(kinds()).toEqual(["stream_closed"]);
  });

  it("under 100 ms is refused by name", async () => {
    const { streams } = await opened();
    expect(() => streams.open("desk", { ...open, stream: "NDX", parameters: { max_silence_ms: 1 } })).toThrow(
      /parameters\.max_silence_ms: /,
    );
  });
});

describe("a gateway that was stopped for a while", () => {
  it("does not take its own sleep for the feed's", async () => {
    const { clock, observe, kinds, heard } = await opened();
    await observe(5, 0.5);
    await clock.advance(600);
    clock.sleep(30_000);
    await clock.advance(399);
    expect(kinds()).toEqual([]);
    await clock.advance(1);
    await heard("feed_silent"); // 1,000 ms that it was there for
  });

  it("reads what the feed sent meanwhile before it blames it", async () => {
    const { clock, observe, kinds } = await opened();
    await observe(5, 0.5);
    await clock.advance(900);
    clock.jump(200); // too short to be noticed
    clock.soon(() => void observe(6, 0.5)); // the socket is read after the timers, and before what `soon` was given then
    await clock.advance(0);
    await until(async () => expect(kinds()).toEqual([]));
    await clock.advance(998);
    expect(kinds()).toEqual([]);
  });
});
