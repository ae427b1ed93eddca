/** The thread is shared: how much of it streams take in a turn, and that pieces change nothing of what is kept. */
import { describe, expect, it } from "vitest";
import { bocpdDetector } from "../../engines/detectors/bocpd.js";
import type { Detector, DetectorState } from "../../engines/detectors/detector.js";
import { gaussianHmmDetector } from "../../engines/detectors/gaussian-hmm.js";
import { gaussianMixtureDetector } from "../../engines/detectors/gaussian-mixture.js";
import { jumpModelDetector } from "../../engines/detectors/jump-model.js";
import { pieceSize } from "../../engines/pieces.js";
import { MemoryJournal } from "../../gateway/regimes/journal/memory-journal.js";
import { RegimeStreams } from "../../gateway/regimes/streams.js";
import { TurnBudget, turnBudgetMs } from "../../gateway/turn-budget.js";
import type { ObserveFrame } from "../../protocol/frames.js";
import { limits } from "../../protocol/limits.js";
import { toWire } from "../../protocol/tensor.js";
import { FakeClock } from "../support/clock.js";
import { completed } from "../support/detecting.js";
import { openly } from "../support/detectors.js";
import { noModels } from "../support/models.js";

/** Each step takes a millisecond of the test's time; it notes in which turn, and whose. */
function harness() {
  const clock = new FakeClock();
  const steps: number[] = [];
  const slow: Detector = {
    ...openly,
    start: (parameters) => slowed(openly.start(parameters)),
    restore: (parameters, saved) => slowed(openly.restore(parameters, saved)),
  };
  function slowed(state: DetectorState): DetectorState {
    return {
      step(row) {
        clock.jump(1);
        steps.push(clock.turn);
        return state.step(row);
      },
      get probabilities() {
        return state.probabilities;
      },
      due: (history) => state.due(history),
      adopt: (outputs) => state.adopt(outputs),
      save: () => state.save(),
    };
  }
  const journal = new MemoryJournal(clock, { countMax: 1_000_000, ageMaxMs: 1e12 });
  const told: string[] = [];
  const streams = new RegimeStreams({
    detectors: [slow],
    journal,
    clock,
    countMax: 10,
    expiryMs: 1e12,
    fit: async () => undefined,
    modelsOf: () => noModels,
    turns: new TurnBudget(clock),
    publish: ({ topic, data }) => void (data.kind === "regime_change" && told.push(topic)),
  });
  return { clock, streams, steps, journal, told };
}

const most = (turns: readonly number[]) =>
  Math.max(...[...new Set(turns)].map((turn) => turns.filter((each) => each === turn).length));

const opened = (stream: string) => ({ type: "open", id: 1, stream, detector: "openly" }) as const;

function observed(stream: string, n: number, first = 0, d = 1): ObserveFrame {
  const values = toWire({ datatype: "FP64", shape: [n, d], data: new Float64Array(n * d).fill(0.9) });
  return { type: "observe", stream, ts: Array.from({ length: n }, (_, i) => first + i), values };
}

describe("a turn of the thread", () => {
  it("takes as many steps of one batch as its budget allows, at the most observations of a message", async () => {
    const { clock, streams, steps } = harness();
    streams.open("desk", opened("SPX"));
    const taken = streams.observe("desk", observed("SPX", limits.observations_max));
    await clock.settle();
    expect(await taken).toMatchObject({ accepted: limits.observations_max });
    expect(steps.length).toBe(limits.observations_max);
    expect(most(steps)).toBeLessThanOrEqual(turnBudgetMs + 1);
  }, 60_000);

  it("takes no more of many streams' batches together, and lets a small one in between", async () => {
    const { clock, streams, steps } = harness();
    const finished: string[] = [];
    for (const name of ["A", "B", "C", "D"]) {
      streams.open("desk", opened(name));
      void streams.observe("desk", observed(name, 500)).then(() => finished.push(name));
    }
    streams.open("desk", opened("small"));
    void streams.observe("desk", observed("small", 1)).then(() => finished.push("small"));
    await clock.settle();
    expect(finished).toEqual(["small", "A", "B", "C", "D"]);
    expect(most(steps)).toBeLessThanOrEqual(turnBudgetMs + 1 + 5); // those that come first in the first turn
  });

  it("takes the history of an `open` in the same measure", async () => {
    const { clock, streams, steps } = harness();
    const { ts, values } = observed("SPX", 300);
    const { stream } = streams.open("desk", {
      ...opened("SPX"),
      history: { ts: ts as readonly number[], values },
    });
    await clock.settle();
    expect(await stream.settled()).toMatchObject({ observations: 300 });
    expect(most(steps)).toBeLessThanOrEqual(turnBudgetMs + 1);
  });
});

describe("between two pieces", () => {
  it("what comes later waits, and is kept after it: one transaction each, in order", async () => {
    const { clock, streams, journal } = harness();
    const { stream } = streams.open("desk", { ...opened("SPX"), parameters: { memory: 1_000 } });
    const first = streams.observe("desk", observed("SPX", 100));
    await Promise.resolve();
    const kept = new Promise<number>((resolve) => {
      const look = () =>
        clock.turn < 3 ? clock.soon(look) : resolve(journal.observations(stream.record.id, 1_000).n);
      clock.soon(look);
    });
    const second = streams.observe("desk", observed("SPX", 100, 100));
    await clock.settle();
    expect(await kept).toBe(0); // nothing of a batch is kept before all of it was taken
    expect(await Promise.all([first, second])).toMatchObject([{ last_ts: 99 }, { last_ts: 199 }]);
    expect(journal.observations(stream.record.id, 1_000).n).toBe(200);
  });

  it.each<[string, (streams: RegimeStreams) => Promise<unknown>, string]>([
    ["a close", (streams) => streams.close("desk", "SPX"), "not_found"],
    [
      "a replacement",
      async (streams) =>
        streams.open("desk", { ...opened("SPX"), parameters: { min_dwell: 5 }, replace: true }),
      "not_found",
    ],
    ["the gateway's end", (streams) => streams.stop(), "unavailable"],
  ])("%s refuses the batch whole, and computes no more of it", async (_, end, code) => {
    const { clock, streams, steps, journal, told } = harness();
    const { stream } = streams.open("desk", opened("SPX"));
    const taken = streams.observe("desk", observed("SPX", 10_000));
    const ended = new Promise((resolve) => clock.soon(() => clock.soon(() => resolve(end(streams)))));
    await Promise.all([expect(taken).rejects.toMatchObject({ code, processed: "no" }), clock.settle()]);
    await ended;
    expect(steps.length).toBeLessThan(100);
    expect(journal.observations(stream.record.id, 10).n).toBe(0);
    expect(told).toEqual([]);
  });
});

/** The piece of a work that passed most numbers is none of ours to see; the most pieces it had is. */
describe("a step, a fit's asking and its answer come in pieces at the most of their parameters", () => {
  it("bocpd: 10,000 runs, as wide as they may be", () => {
    const parameters = completed(bocpdDetector, { max_runs: 10_000, warmup: 30 });
    const d = bocpdDetector.widthMax?.(parameters) ?? 0;
    const state = bocpdDetector.start(parameters);
    let pieces = 0;
    for (let t = 0; t < 3_000; t++) {
      const work = state.step(Float64Array.from({ length: d }, (_, j) => Math.sin(t * 7 + j)));
      pieces = 0;
      while (work !== undefined && work.next().done !== true) pieces++;
    }
    expect(d).toBe(26);
    expect(pieces).toBeGreaterThanOrEqual(Math.floor((2 * 2_900 * d) / 16_384 + (2_900 * d) / 2_048));
  });

  it.each([gaussianHmmDetector, gaussianMixtureDetector, jumpModelDetector])(
    "$signature.name: a fit on as much as a stream remembers",
    (detector) => {
      const parameters = completed(detector, { window: 100_000, warmup: 100_000 });
      const [n, d] = [100_000, Math.floor(limits.stream_values_max / 100_000)];
      const rows = Float64Array.from({ length: n * d }, (_, i) => Math.sin(i * i));
      const history = {
        total: n,
        *last() {
          yield;
          return { rows, n, d };
        },
      };
      const asking = detector.start(parameters).due(history);
      let pieces = 0;
      while (asking?.next().done === false) pieces++;
      expect(pieces).toBeGreaterThanOrEqual(Math.floor((3 * n * d) / pieceSize));
    },
    60_000,
  );

  it.each([gaussianHmmDetector, gaussianMixtureDetector])(
    "$signature.name refuses an observation wider than its covariances may be, and says how wide",
    async (detector) => {
      const clock = new FakeClock();
      const streams = new RegimeStreams({
        detectors: [detector],
        journal: new MemoryJournal(clock, { countMax: 10, ageMaxMs: 1e12 }),
        clock,
        countMax: 10,
        expiryMs: 1e12,
        fit: async () => undefined,
        modelsOf: () => noModels,
        turns: new TurnBudget(clock),
        publish: () => {},
      });
      const { name } = detector.signature;
      streams.open("desk", { stream: "W", detector: name, parameters: { window: 100 } });
      const refused = expect(streams.observe("desk", observed("W", 1, 0, 363))).rejects.toThrow(
        `values.shape: ${name} with the parameters of W takes at most 362 values an observation, got 363`,
      );
      await clock.settle();
      await refused;
      const taken = streams.observe("desk", observed("W", 1, 0, 362));
      await clock.settle();
      expect(await taken).toMatchObject({ accepted: 1 });
    },
  );
});
