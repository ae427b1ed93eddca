/** A disk that refuses: what could not be kept was not taken, and everything goes on from what was. */
import { describe, expect, it } from "vitest";
import { databases } from "../../gateway/regimes/journal/lmdb/layout.js";
import { LmdbJournal } from "../../gateway/regimes/journal/lmdb/lmdb-journal.js";
import { journalFile } from "../../gateway/regimes/journal/lmdb/open.js";
import type { TableWrite } from "../../gateway/storage/lmdb/environment.js";
import { prepareTableFile, TableFile } from "../../gateway/storage/lmdb/table-file.js";
import { WriterHandle } from "../../gateway/storage/lmdb/writer-handle.js";
import type { ObserveFrame, OpenFrame } from "../../protocol/frames.js";
import { toWire } from "../../protocol/tensor.js";
import { FakeClock } from "../support/clock.js";
import { builtPrograms } from "../support/gateway.js";
import { endless, newFolder } from "../support/lmdb.js";
import { streamsOver } from "../support/streams.js";

/** A journal whose disk can be full. */
async function harness() {
  const clock = new FakeClock();
  const path = await prepareTableFile(await newFolder(), journalFile, builtPrograms);
  const writer = await WriterHandle.start(builtPrograms.writer, { path, databases });
  let full = false;
  const file = new TableFile(path, databases, {
    write: (writes: readonly TableWrite[]) =>
      full ? Promise.reject(new Error("No space left on device")) : writer.write(writes),
    close: () => writer.close(),
  });
  const journal = new LmdbJournal(file, clock, endless);
  const { streams, told } = streamsOver(journal, clock);
  const fill = (is: boolean) => {
    full = is;
  };
  return { journal, streams, told, clock, fill };
}

const open: OpenFrame = { type: "open", id: 1, stream: "SPX", detector: "openly" };
const key = { namespace: "desk", topic: "regime.SPX" };

function observe(from: number, rows: readonly number[]): ObserveFrame {
  const values = toWire({ datatype: "FP64", shape: [rows.length, 1], data: Float64Array.from(rows) });
  return { type: "observe", stream: "SPX", ts: rows.map((_, i) => from + i), values };
}

const unavailable = expect.objectContaining({ code: "unavailable", processed: "no", retryable: true });

describe("a disk that is full", () => {
  it("refuses observations; once there is room, the same are taken, and each change comes once", async () => {
    const { journal, streams, told, fill } = await harness();
    streams.open("desk", open);
    await streams.observe("desk", observe(0, [0, 0]));
    const before = streams.state("desk", "SPX");
    fill(true);
    const refused = [observe(2, [1, 1]), observe(4, [0, 0]), observe(6, [1, 1])];
    const settled = await Promise.allSettled(refused.map((frame) => streams.observe("desk", frame)));
    expect(settled.map((each) => each.status === "rejected" && each.reason)).toEqual(
      refused.map(() => unavailable),
    );
    expect(streams.state("desk", "SPX")).toEqual(before);
    expect(journal.lastOffset(key)).toBe(1);
    fill(false);
    for (const frame of refused)
      expect(await streams.observe("desk", frame)).toMatchObject({ accepted: 2, duplicates: 0 });
    expect(told.map(({ offset, position }) => [offset, position])).toEqual([
      [1, 1],
      [2, 2],
      [3, 3],
      [4, 4],
    ]);
    expect(await journal.read(key, 0, 10)).toEqual(told);
    await journal.close();
  });

  it("refuses a repeat of what is not on disk: nothing is a duplicate before it is kept", async () => {
    const { journal, streams, fill } = await harness();
    streams.open("desk", open);
    await streams.observe("desk", observe(0, [0]));
    fill(true);
    const twice = await Promise.allSettled([1, 2].map(() => streams.observe("desk", observe(1, [0]))));
    expect(twice.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    fill(false);
    expect(await streams.observe("desk", observe(1, [0]))).toMatchObject({ accepted: 1 });
    await journal.close();
  });

  it("refuses to open, to replace and to close; what was open goes on", async () => {
    const { journal, streams, fill } = await harness();
    streams.open("desk", open);
    await streams.observe("desk", observe(0, [1, 1]));
    fill(true);
    const other = { ...open, parameters: { min_dwell: 3 }, replace: true };
    await expect(streams.open("desk", other).stream.settled()).rejects.toEqual(unavailable);
    await expect(streams.open("desk", { ...open, stream: "NDX" }).stream.settled()).rejects.toEqual(
      unavailable,
    );
    await expect(streams.close("desk", "SPX")).rejects.toEqual(unavailable);
    expect(streams.topics("desk")).toEqual(["regime.SPX"]);
    fill(false);
    expect(streams.open("desk", open).created).toBe(false);
    expect(await streams.observe("desk", observe(1, [1, 1]))).toMatchObject({ duplicates: 1, accepted: 1 });
    expect(streams.state("desk", "SPX")).toMatchObject({ regime: "turbulent", observations: 3 });
    await journal.close();
  });
});
