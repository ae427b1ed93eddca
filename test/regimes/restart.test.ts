/** Streams on a journal on disk: a restart at any moment changes nothing that anybody sees. */
import fc from "fast-check";
import { describe, expect, it, onTestFinished } from "vitest";
import { gaussianHmmDetector } from "../../engines/detectors/gaussian-hmm.js";
import { lstmRegimeDetector } from "../../engines/detectors/lstm-regime.js";
import type { LoggedEvent } from "../../gateway/events/event-log.js";
import type { Journal } from "../../gateway/regimes/journal.js";
import { RegimeStreams } from "../../gateway/regimes/streams.js";
import { TurnBudget } from "../../gateway/turn-budget.js";
import type { ObserveFrame, OpenFrame } from "../../protocol/frames.js";
import { toWire } from "../../protocol/tensor.js";
import { bars } from "../conformance/detectors.js";
import { FakeClock } from "../support/clock.js";
import { openly } from "../support/detectors.js";
import { plainFit, returns } from "../support/fitting.js";
import { newFolder, openJournal } from "../support/lmdb.js";
import { shippedModels } from "../support/models.js";
import { checkAsync } from "../support/seeded.js";

const detectors = [openly, gaussianHmmDetector, lstmRegimeDetector];

function streamsOn(journal: Journal, clock: FakeClock) {
  const told: LoggedEvent[] = [];
  const streams = new RegimeStreams({
    detectors,
    journal,
    clock,
    countMax: 10_000,
    expiryMs: 3_600_000,
    fit: plainFit,
    turns: new TurnBudget(clock),
    modelsOf: () => shippedModels,
    publish: (event) => void told.push(event),
  });
  return { streams, told };
}

const open = (stream = "SPX", overrides: Partial<OpenFrame> = {}): OpenFrame => ({
  type: "open",
  id: 1,
  stream,
  detector: "openly",
  ...overrides,
});

function observe(from: number, rows: readonly (number | readonly number[])[], stream = "SPX"): ObserveFrame {
  const data = Float64Array.from(rows.flat());
  const values = toWire({ datatype: "FP64", shape: [rows.length, data.length / rows.length], data });
  return { type: "observe", stream, ts: rows.map((_, i) => from + i), values };
}

const key = { namespace: "desk", topic: "regime.SPX" };
const watching = open("SPX", {
  detector: "gaussian_hmm",
  parameters: { warmup: 80, refit_every: 40, window: 200 },
});

const ofBars = open("SPX", { detector: "lstm-regime", parameters: { input: "bars" } });

describe("a restart", () => {
  it.each([
    ["gaussian_hmm", watching, returns(240)],
    ["lstm-regime", ofBars, bars(440).slice(200)],
  ] as const)(
    "between any two batches leaves the same changes and the same state: %s",
    async (_, opening, days) => {
      const [clock, folder] = [new FakeClock(), await newFolder()];
      const whole = streamsOn(await openJournal(folder, clock), clock);
      whole.streams.open("desk", opening);
      await whole.streams.observe("desk", observe(0, days));
      const data = whole.told.map((event) => event.data);
      expect(data.length).toBeGreaterThan(1);
      const cuts = fc.array(fc.nat(240), { minLength: 1, maxLength: 4 });
      await checkAsync(
        fc.asyncProperty(cuts, async (at) => {
          const other = await newFolder();
          const seen: LoggedEvent[] = [];
          const bounds = [...new Set([0, ...at, 240])].sort((a, b) => a - b);
          for (const [i, from] of bounds.slice(0, -1).entries()) {
            const journal = await openJournal(other, clock);
            const { streams, told } = streamsOn(journal, clock);
            const opened = streams.open("desk", opening);
            expect(opened.created).toBe(i === 0);
            expect(await opened.stream.settled()).toMatchObject({ observations: from });
            await streams.observe("desk", observe(from, days.slice(from, bounds[i + 1])));
            if (bounds[i + 1] === 240)
              expect(streams.state("desk", "SPX")).toEqual(whole.streams.state("desk", "SPX"));
            seen.push(...told);
            expect(await journal.read(key, 0, 1_000)).toEqual(seen);
            await streams.stop();
            await journal.close();
          }
          expect(seen.map((event) => event.data)).toEqual(data);
          expect(seen.map(({ offset }) => offset)).toEqual(data.map((_, i) => i + 1));
        }),
        6,
      );
    },
  );

  it("keeps the epoch, the log and what is remembered; a repeat is a duplicate", async () => {
    const [clock, folder] = [new FakeClock(), await newFolder()];
    const first = await openJournal(folder, clock);
    const before = streamsOn(first, clock);
    before.streams.open("desk", open("SPX", { parameters: { memory: 3 } }));
    await before.streams.observe("desk", observe(0, [0, 0, 1, 1, 0.5]));
    await first.close();
    const second = await openJournal(folder, clock);
    const after = streamsOn(second, clock);
    expect(second.epoch).toBe(first.epoch);
    expect(second.position).toBe(2);
    expect(await second.read(key, 0, 10)).toEqual(before.told);
    expect(after.streams.state("desk", "SPX")).toEqual(before.streams.state("desk", "SPX"));
    expect(await after.streams.observe("desk", observe(2, [1, 1, 0.5, 0.5]))).toEqual({
      accepted: 1,
      duplicates: 3,
      last_ts: 5,
    });
    await expect(after.streams.observe("desk", observe(0, [0, 0]))).rejects.toMatchObject({
      code: "failed_precondition",
    });
    expect(after.told).toEqual([]);
  });

  it("brings back neither what was closed nor what expired, and offsets go on", async () => {
    const [clock, folder] = [new FakeClock(), await newFolder()];
    const first = await openJournal(folder, clock);
    const before = streamsOn(first, clock);
    for (const name of ["SPX", "closed", "idle"]) before.streams.open("desk", open(name));
    await before.streams.observe("desk", observe(0, [1, 1]));
    await before.streams.observe("desk", observe(0, [1, 1], "closed"));
    await before.streams.close("desk", "closed");
    await clock.advance(3_000_000);
    await before.streams.observe("desk", observe(2, [1]));
    await clock.advance(1_000_000);
    expect(before.streams.topics("desk")).toEqual(["regime.SPX"]);
    await before.streams.stop();
    await first.close();
    const after = streamsOn(await openJournal(folder, clock), clock);
    expect(after.streams.topics("desk")).toEqual(["regime.SPX"]);
    after.streams.open("desk", open("closed"));
    await after.streams.observe("desk", observe(0, [1, 1], "closed"));
    expect(after.told.map(({ topic, offset }) => [topic, offset])).toEqual([["regime.closed", 3]]); // 2 told of the end
  });

  it("counts the time a stream was idle before it", async () => {
    const [clock, folder] = [new FakeClock(), await newFolder()];
    const first = await openJournal(folder, clock);
    await streamsOn(first, clock).streams.open("desk", open()).stream.settled();
    await clock.advance(1_000);
    await first.close();
    clock.jump(3_590_000);
    const after = streamsOn(await openJournal(folder, clock), clock);
    expect(after.streams.count).toBe(1);
    await clock.advance(60_000);
    expect(after.streams.count).toBe(0);
    onTestFinished(() => after.streams.stop());
  });

  it("leaves alone a stream whose detector is of another version, until it is opened anew", async () => {
    const [clock, folder] = [new FakeClock(), await newFolder()];
    const first = await openJournal(folder, clock);
    await streamsOn(first, clock).streams.open("desk", open()).stream.settled();
    await first.close();
    const reasons: string[] = [];
    const journal = await openJournal(folder, clock);
    const newer = { ...openly, signature: { ...openly.signature, version: "2" } };
    const streams = new RegimeStreams({
      detectors: [newer],
      journal,
      clock,
      countMax: 10,
      expiryMs: 1e9,
      fit: plainFit,
      turns: new TurnBudget(clock),
      modelsOf: () => shippedModels,
      publish: () => {},
      unusable: (_, reason) => reasons.push(reason),
    });
    expect(reasons).toEqual(["openly is at version 2, its state is of 1"]);
    expect(journal.streams()).toHaveLength(1);
    const { created, stream } = streams.open("desk", open());
    await stream.settled();
    expect(created).toBe(true);
    expect(journal.streams().map(({ record }) => record.version)).toEqual(["2"]);
  });
});

describe("thousands of streams", () => {
  it("are there after a restart, each with its own state", async () => {
    const [clock, folder] = [new FakeClock(), await newFolder()];
    const first = await openJournal(folder, clock);
    const { streams } = streamsOn(first, clock);
    const names = Array.from({ length: 3_000 }, (_, i) => `S${i}`);
    for (const name of names) streams.open("desk", open(name));
    await Promise.all(names.map((name, i) => streams.observe("desk", observe(0, [i % 2, i % 2], name))));
    await first.close();
    const second = await openJournal(folder, clock);
    const after = streamsOn(second, clock).streams;
    expect(after.count).toBe(3_000);
    expect(second.topics("desk")).toHaveLength(3_000);
    for (const [i, name] of names.entries())
      expect(after.state("desk", name)?.regime).toBe(i % 2 === 0 ? "calm" : "turbulent");
  });
});
