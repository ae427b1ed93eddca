/** A journal that may hold so much: what grows it is refused at its bound, what shrinks it is not, and nothing acked is lost. */
import { describe, expect, it, vi } from "vitest";
import { type CapacityLevel, JournalCapacity } from "../../gateway/regimes/journal-capacity.js";
import type { ObserveFrame, OpenFrame } from "../../protocol/frames.js";
import { toWire } from "../../protocol/tensor.js";
import { FakeClock } from "../support/clock.js";
import { endless, newFolder, openJournal } from "../support/lmdb.js";
import { streamsOver } from "../support/streams.js";

const bytesMax = 1_048_576;
const refused = expect.objectContaining({
  code: "resource_exhausted",
  processed: "no",
  retryable: true,
  message: expect.stringMatching(/regimes\.file_bytes_max.*Close streams/),
});

function open(stream: string): OpenFrame {
  return { type: "open", id: 1, stream, detector: "openly" };
}

/** A hundred observations of a hundred values take about 80 KB. */
function observe(stream: string, from: number): ObserveFrame {
  const data = new Float64Array(10_000).fill(from % 2);
  return {
    type: "observe",
    stream,
    ts: Array.from({ length: 100 }, (_, i) => from + i),
    values: toWire({ datatype: "FP64", shape: [100, 100], data }),
  };
}

async function harness(retention = endless) {
  const clock = new FakeClock();
  const folder = await newFolder();
  const journal = await openJournal(folder, clock, retention);
  const levels: CapacityLevel[] = [];
  const room = new JournalCapacity(
    bytesMax,
    () => journal.usedBytes,
    (level) => levels.push(level),
  );
  const { streams } = streamsOver(journal, clock, room);
  /** Opens streams and feeds each once, until one is refused. @returns those that were acked */
  async function fill(prefix: string): Promise<string[]> {
    const acked: string[] = [];
    for (let each = 0; each < 100; each++) {
      const name = `${prefix}${each}`;
      try {
        await streams.open("desk", open(name)).stream.settled();
        await streams.observe("desk", observe(name, 0));
        acked.push(name);
      } catch (error) {
        expect(error).toEqual(refused);
        return acked;
      }
    }
    throw new Error("it never filled");
  }
  return { clock, folder, journal, room, levels, streams, fill };
}

describe("a journal at its bound", () => {
  it("refuses streams and observations, keeps what was acked, and takes more when streams are closed", async () => {
    const { clock, folder, journal, room, levels, streams, fill } = await harness();
    expect(room.trouble).toBeUndefined();
    const acked = await fill("a");
    expect(levels).toEqual(["near", "full"]);
    expect(journal.usedBytes).toBeGreaterThanOrEqual(bytesMax);
    expect(journal.usedBytes).toBeLessThan(bytesMax * 1.2); // by what was asked before it was full
    expect(room.trouble).toMatch(
      /^the journal is full: it holds \d+ bytes of regimes.file_bytes_max, 1048576$/,
    );
    await expect(streams.observe("desk", observe("a0", 100))).rejects.toEqual(refused);
    expect(() => streams.open("desk", open("new"))).toThrow(refused);
    expect(streams.open("desk", open("a0")).created).toBe(false); // it is open: nothing is written
    for (const name of acked) expect(streams.state("desk", name)).toMatchObject({ observations: 100 });
    for (const name of acked.splice(0, 4)) await streams.close("desk", name);
    expect(room.trouble).toBeUndefined();
    const later = await fill("b");
    expect(later.length).toBeGreaterThanOrEqual(3);
    await journal.close();
    const again = await openJournal(folder, clock);
    const kept = new Map(again.streams().map(({ record, progress }) => [record.name, progress.total]));
    for (const name of [...acked, ...later]) expect(kept.get(name)).toBe(100);
  });

  it("takes room that was freed inside the file, which stays as large: again and again", async () => {
    const { streams, journal, fill } = await harness();
    const counts: number[] = [];
    for (let round = 0; round < 5; round++) {
      const acked = await fill(`${round}-`);
      counts.push(acked.length);
      for (const topic of streams.topics("desk")) await streams.close("desk", topic.slice("regime.".length));
    }
    expect(Math.min(...counts)).toBeGreaterThanOrEqual((counts[0] ?? 0) - 2);
    expect(journal.usedBytes).toBeLessThan(bytesMax / 2);
  });

  it("lets old events go though nothing is committed any more", async () => {
    const { clock, journal, room } = await harness({ countMax: 1_000_000, ageMaxMs: 1_000 });
    const stream = "x".repeat(1_000);
    const event = {
      kind: "stream_closed",
      stream,
      reason: "closed",
      observations: 0,
      last_ts: null,
    } as const;
    const key = { namespace: "desk", topic: "regime.SPX" };
    const events = Array.from({ length: 100 }, () => ({ key, data: event }));
    while (room.trouble === undefined) await journal.commit({ events });
    await clock.advance(1_001);
    journal.sweep();
    await vi.waitFor(() => expect(room.trouble).toBeUndefined());
    expect(journal.usedBytes).toBeLessThan(bytesMax / 2);
    expect(journal.lastOffset(key)).toBeGreaterThan(0);
  });
});

describe("the levels of a journal", () => {
  it("begin and end at shares apart, so that one at the edge is not told of again and again", () => {
    let used = 0;
    const levels: string[] = [];
    const room = new JournalCapacity(
      100,
      () => used,
      (level) => levels.push(`${level} at ${used}`),
    );
    for (used of [79, 80, 79, 80, 76, 99, 100, 99, 100, 96, 95, 99, 100, 80, 75, 79, 80]) void room.trouble;
    expect(levels).toEqual([
      "near at 80",
      "full at 100",
      "near at 95",
      "full at 100",
      "near at 80",
      "roomy at 75",
      "near at 80",
    ]);
  });
});
