import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { gaussianHmmDetector } from "../../engines/detectors/gaussian-hmm.js";
import type { Detector, FitRequest, ModelClient } from "../../engines/detectors/index.js";
import type { TopicKey } from "../../gateway/events/event-log.js";
import { MemoryJournal } from "../../gateway/regimes/journal/memory-journal.js";
import { RegimeStreams } from "../../gateway/regimes/streams.js";
import { TurnBudget } from "../../gateway/turn-budget.js";
import type { ObserveFrame, OpenFrame, RegimeChange, WireTensors } from "../../protocol/frames.js";
import { limits } from "../../protocol/limits.js";
import { toWire } from "../../protocol/tensor.js";
import { FakeClock } from "../support/clock.js";
import { openly } from "../support/detectors.js";
import { plainFit, returns } from "../support/fitting.js";
import { noModels } from "../support/models.js";
import { checkAsync } from "../support/seeded.js";

type Fit = (request: FitRequest) => Promise<WireTensors | undefined>;

function harness(
  options: { detectors?: readonly Detector[]; countMax?: number; fit?: Fit; models?: ModelClient } = {},
) {
  const clock = new FakeClock();
  const changes: (TopicKey & RegimeChange)[] = [];
  const streams = new RegimeStreams({
    detectors: options.detectors ?? [openly],
    journal: new MemoryJournal(clock, { countMax: 1_000_000, ageMaxMs: 1e12 }),
    clock,
    countMax: options.countMax ?? 100,
    expiryMs: 3_600_000,
    fit: options.fit ?? (async () => undefined),
    turns: new TurnBudget(clock),
    modelsOf: () => options.models ?? noModels,
    publish: ({ namespace, topic, data }) =>
      void (data.kind === "regime_change" && changes.push({ namespace, topic, ...data })),
  });
  return { clock, streams, changes };
}

const open = (stream = "SPX", overrides: Partial<OpenFrame> = {}): OpenFrame => ({
  type: "open",
  id: 1,
  stream,
  detector: "openly",
  ...overrides,
});

function observe(ts: number | readonly number[], rows: readonly number[], stream = "SPX"): ObserveFrame {
  const n = typeof ts === "number" ? 1 : ts.length;
  const shape = [n, rows.length / n];
  return {
    type: "observe",
    stream,
    ts,
    values: toWire({ datatype: "FP64", shape, data: Float64Array.from(rows) }),
  };
}

const refusedBecause = (code: string) => expect.objectContaining({ code, processed: "no" });

describe("open", () => {
  it("makes a stream once; the same again changes nothing", async () => {
    const { streams } = harness();
    expect(streams.open("desk", open()).created).toBe(true);
    await streams.observe("desk", observe(5, [0.1]));
    const again = streams.open("desk", open("SPX", { parameters: { enter_probability: 0.9 } })); // the default
    expect(again.created).toBe(false);
    expect(again.stream.state()).toMatchObject({ observations: 1, last_ts: 5 });
  });

  it("with other parameters is refused, unless it replaces: then it starts afresh", async () => {
    const { streams } = harness();
    streams.open("desk", open());
    await streams.observe("desk", observe(5, [0.1]));
    const other = { parameters: { min_dwell: 3 } };
    expect(() => streams.open("desk", open("SPX", other))).toThrow(refusedBecause("failed_precondition"));
    const replaced = streams.open("desk", open("SPX", { ...other, replace: true }));
    expect(replaced.created).toBe(true);
    expect(replaced.stream.state()).toMatchObject({ observations: 0, last_ts: null });
  });

  it("of an unknown detector or with a wrong parameter is refused by name", () => {
    const { streams } = harness();
    expect(() => streams.open("desk", open("SPX", { detector: "none" }))).toThrow(
      refusedBecause("not_found"),
    );
    expect(() => streams.open("desk", open("SPX", { parameters: { min_dwell: 0 } }))).toThrow(
      /parameters\.min_dwell: must be an integer at least 1 at most 10000; got 0/,
    );
    expect(streams.count).toBe(0);
  });

  it("is bounded in a namespace, not over all", () => {
    const { streams } = harness({ countMax: 1 });
    streams.open("desk", open("A"));
    expect(() => streams.open("desk", open("B"))).toThrow(refusedBecause("resource_exhausted"));
    expect(streams.open("desk", open("A")).created).toBe(false);
    expect(streams.open("other", open("B")).created).toBe(true);
  });
});

describe("observe", () => {
  it("takes a batch, then counts an identical repeat as duplicates", async () => {
    const { streams } = harness();
    streams.open("desk", open());
    expect(await streams.observe("desk", observe([1, 2, 3], [0.1, 0.2, 0.3]))).toEqual({
      accepted: 3,
      duplicates: 0,
      last_ts: 3,
    });
    expect(await streams.observe("desk", observe([2, 3, 4], [0.2, 0.3, 0.4]))).toEqual({
      accepted: 1,
      duplicates: 2,
      last_ts: 4,
    });
    expect(await streams.observe("desk", observe(4, [0.4]))).toEqual({
      accepted: 0,
      duplicates: 1,
      last_ts: 4,
    });
  });

  it.each<[string, readonly number[], readonly number[]]>([
    ["a time twice", [4, 5, 5], [0.1, 0.1, 0.1]],
    ["times that fall", [4, 6, 5], [0.1, 0.1, 0.1]],
    ["a repeat with another value", [3, 4], [0.9, 0.4]],
    ["a repeat of nothing", [2.5, 4], [0.1, 0.4]],
    ["repeats that fall", [3, 2], [0.3, 0.2]],
    ["a repeat twice", [3, 3, 4], [0.3, 0.3, 0.4]],
  ])("takes nothing of a batch with %s", async (_, ts, rows) => {
    const { streams, changes } = harness();
    streams.open("desk", open());
    await streams.observe("desk", observe([1, 2, 3], [0.1, 0.2, 0.3]));
    await expect(streams.observe("desk", observe(ts, rows))).rejects.toEqual(
      refusedBecause("failed_precondition"),
    );
    expect(streams.state("desk", "SPX")).toMatchObject({ observations: 3, last_ts: 3 });
    expect(changes).toEqual([]);
  });

  it("refuses a repeat of what it no longer remembers", async () => {
    const { streams } = harness();
    streams.open("desk", open("SPX", { parameters: { memory: 2 } }));
    await streams.observe("desk", observe([1, 2, 3], [0.1, 0.2, 0.3]));
    await expect(streams.observe("desk", observe([1, 2], [0.1, 0.2]))).rejects.toEqual(
      refusedBecause("failed_precondition"),
    );
    expect(await streams.observe("desk", observe([2, 3], [0.2, 0.3]))).toMatchObject({ duplicates: 2 });
  });

  it("holds a stream to the width of its first observation, but not of a refused one", async () => {
    const { streams } = harness();
    streams.open("desk", open());
    await expect(streams.observe("desk", observe([2, 1], [0.1, 0, 0.1, 0]))).rejects.toEqual(
      refusedBecause("failed_precondition"),
    );
    await streams.observe("desk", observe(1, [0.1]));
    await expect(streams.observe("desk", observe(2, [0.1, 0.2]))).rejects.toThrow(
      "values.shape: SPX has 1 values an observation, got 2",
    );
  });

  it("refuses an observation so wide that its past would not fit into memory", async () => {
    const { streams } = harness();
    streams.open("desk", open("SPX", { parameters: { memory: 10_000 } }));
    const wide = new Array(Math.floor(limits.stream_values_max / 10_000) + 1).fill(0);
    await expect(streams.observe("desk", observe(1, wide))).rejects.toEqual(
      refusedBecause("invalid_argument"),
    );
    expect(await streams.observe("desk", observe(1, wide.slice(1)))).toMatchObject({ accepted: 1 });
  });

  it("of an unknown stream, or one of another namespace, is not found", async () => {
    const { streams } = harness();
    streams.open("desk", open());
    await expect(streams.observe("other", observe(1, [0.1]))).rejects.toEqual(refusedBecause("not_found"));
    expect(streams.state("other", "SPX")).toBeNull();
    expect(streams.topics("other")).toEqual([]);
    expect(() => streams.close("other", "SPX")).toThrow(refusedBecause("not_found"));
    expect(streams.topics("desk")).toEqual(["regime.SPX"]);
  });

  it("takes batches one after another, though nobody waits", async () => {
    const { streams } = harness();
    streams.open("desk", open());
    const all = [1, 2, 3, 4].map((ts) => streams.observe("desk", observe(ts, [0.1])));
    expect((await Promise.all(all)).map(({ last_ts }) => last_ts)).toEqual([1, 2, 3, 4]);
  });

  it("keeps its own copy: the message's memory may be used again", async () => {
    const { streams } = harness();
    streams.open("desk", open());
    const frame = observe(1, [0.1]);
    const taken = streams.observe("desk", frame);
    (frame.values.data as Uint8Array).fill(0);
    await taken;
    expect(await streams.observe("desk", observe(1, [0.1]))).toMatchObject({ duplicates: 1 });
  });

  it("gives one history, however it was cut into batches and repeated", async () => {
    const values = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 40 });
    const cuts = fc.array(fc.tuple(fc.nat(40), fc.nat(6)), { maxLength: 12 });
    await checkAsync(
      fc.asyncProperty(values, cuts, async (all, pieces) => {
        const [whole, cut] = [harness(), harness()];
        for (const { streams } of [whole, cut]) streams.open("desk", open());
        const slice = (from: number, to: number) => {
          const times = all.slice(from, to).map((_, i) => from + i + 1);
          return observe(times, all.slice(from, to));
        };
        await whole.streams.observe("desk", slice(0, all.length));
        let taken = 0;
        for (const [start, length] of pieces) {
          const from = Math.min(start, taken);
          const to = Math.min(all.length, from + length);
          if (to > from) await cut.streams.observe("desk", slice(from, to));
          taken = Math.max(taken, to);
        }
        await cut.streams.observe("desk", slice(0, all.length));
        expect(cut.changes).toEqual(whole.changes);
        expect(cut.streams.state("desk", "SPX")).toEqual(whole.streams.state("desk", "SPX"));
      }),
      40,
    );
  });
});

describe("a regime", () => {
  it("is unknown at first, and changes as the hysteresis says", async () => {
    const { streams, changes } = harness();
    streams.open("desk", open());
    expect(streams.state("desk", "SPX")).toEqual({
      kind: "regime_state",
      stream: "SPX",
      regime: "unknown",
      probability: null,
      probabilities: {},
      detector: "openly",
      version: "1",
      observations: 0,
      last_ts: null,
    });
    await streams.observe("desk", observe([1, 2, 3, 4, 5], [0, 0, 1, 1, 0.5]));
    expect(changes.map(({ from, to, observed_ts }) => [from, to, observed_ts])).toEqual([
      ["unknown", "calm", 2],
      ["calm", "turbulent", 4],
    ]);
    expect(changes[1]).toMatchObject({
      namespace: "desk",
      topic: "regime.SPX",
      kind: "regime_change",
      stream: "SPX",
      probability: 1,
      probabilities: { calm: 0, turbulent: 1 },
      detector: "openly",
      version: "1",
    });
    expect(streams.state("desk", "SPX")).toMatchObject({
      regime: "turbulent",
      probability: 0.5,
      observations: 5,
      last_ts: 5,
    });
  });

  it("is forgotten with its stream", async () => {
    const { streams } = harness();
    streams.open("desk", open());
    await streams.close("desk", "SPX");
    expect(streams.state("desk", "SPX")).toBeNull();
    expect(() => streams.close("desk", "SPX")).toThrow(refusedBecause("not_found"));
  });
});

it("a stream that nobody feeds for long expires, and one that is fed does not", async () => {
  const { clock, streams } = harness();
  streams.open("desk", open("fed"));
  streams.open("desk", open("idle"));
  for (let hour = 0; hour < 4; hour++) {
    await clock.advance(1_800_000);
    await streams.observe("desk", observe(hour, [0.1], "fed"));
  }
  expect(streams.topics("desk")).toEqual(["regime.fed"]);
  streams.stop();
});

describe("gaussian_hmm", () => {
  const parameters = { warmup: 80, refit_every: 40, window: 200 };
  const watching = open("SPX", { detector: "gaussian_hmm", parameters });
  const history = returns(240);

  async function changesOf(days: readonly number[], batch: number) {
    const { streams, changes } = harness({ detectors: [gaussianHmmDetector], fit: plainFit });
    streams.open("desk", watching);
    for (let from = 0; from < days.length; from += batch) {
      const piece = days.slice(from, from + batch);
      await streams.observe(
        "desk",
        observe(
          piece.map((_, i) => from + i),
          piece,
        ),
      );
    }
    return { changes, state: streams.state("desk", "SPX") };
  }

  it("finds the wild times, and says nothing before it is warm", async () => {
    const { changes } = await changesOf(history, 240);
    expect(changes.length).toBeGreaterThanOrEqual(2);
    expect(changes[0]?.from).toBe("unknown");
    for (const { observed_ts } of changes) expect(observed_ts).toBeGreaterThanOrEqual(parameters.warmup - 1);
    const last = changes.at(-1);
    expect(last?.to).toBe("turbulent"); // days 180 to 239
    expect(last?.observed_ts).toBeGreaterThanOrEqual(180);
  });

  it("is causal: what it says of a day depends on nothing after it", async () => {
    const whole = await changesOf(history, 240);
    for (const days of [79, 80, 120, 121, 185, 200]) {
      const prefix = await changesOf(history.slice(0, days), days);
      expect(prefix.changes).toEqual(whole.changes.filter(({ observed_ts }) => observed_ts < days));
      const poisoned = await changesOf([...history.slice(0, days), ...new Array(20).fill(9)], 1_000);
      expect(poisoned.changes.filter(({ observed_ts }) => observed_ts < days)).toEqual(prefix.changes);
    }
  });

  it("says the same however the days come in batches", async () => {
    const whole = await changesOf(history, 240);
    for (const batch of [1, 7, 80]) expect(await changesOf(history, batch)).toEqual(whole);
  });

  it("goes on with the model it has when a refit fails", async () => {
    let count = 0;
    const once: Fit = async (request) => (++count === 1 ? plainFit(request) : undefined);
    const { streams } = harness({ detectors: [gaussianHmmDetector], fit: once });
    streams.open("desk", watching);
    await streams.observe(
      "desk",
      observe(
        history.map((_, i) => i),
        history,
      ),
    );
    expect(count).toBe(5);
    expect(streams.state("desk", "SPX")).toMatchObject({ observations: 240 });
    expect(streams.state("desk", "SPX")?.probability).not.toBeNull();
  });
});
