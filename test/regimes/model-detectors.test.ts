/** Streams whose detector asks a model: batches come together, are refused together or alone, and nothing is lost. */
import { expect, it } from "vitest";
import type { ModelClient } from "../../engines/detectors/index.js";
import { lstmRegimeDetector } from "../../engines/detectors/lstm-regime.js";
import type { LoggedEvent } from "../../gateway/events/event-log.js";
import { MemoryJournal } from "../../gateway/regimes/journal/memory-journal.js";
import { RegimeStreams } from "../../gateway/regimes/streams.js";
import { TurnBudget } from "../../gateway/turn-budget.js";
import { HeadgateError } from "../../protocol/errors.js";
import type { ObserveFrame, OpenFrame, WireTensors } from "../../protocol/frames.js";
import { toWire } from "../../protocol/tensor.js";
import { bars } from "../conformance/detectors.js";
import { FakeClock } from "../support/clock.js";
import { noModels, shippedModels } from "../support/models.js";

const rows = bars(420);
const open: OpenFrame = {
  type: "open",
  id: 1,
  stream: "SPX",
  detector: "lstm-regime",
  parameters: { input: "bars" },
};

function observe(from: number, days: readonly (readonly number[])[]): ObserveFrame {
  const data = Float64Array.from(days.flat());
  const values = toWire({ datatype: "FP64", shape: [days.length, 4], data });
  return { type: "observe", stream: "SPX", ts: days.map((_, i) => from + i), values };
}

/** Streams over the shipped model, which counts what it is asked and can be taken away. */
function harness() {
  const clock = new FakeClock();
  const told: LoggedEvent[] = [];
  const asked: number[] = [];
  let gone = false;
  const models: ModelClient = {
    find: (model, version) => (gone ? noModels : shippedModels).find(model, version),
    async infer(model, version, inputs: WireTensors) {
      asked.push(inputs["X"]?.shape[0] ?? 0);
      if (gone) throw new HeadgateError("unavailable", "the worker died");
      return shippedModels.infer(model, version, inputs);
    },
  };
  const streams = new RegimeStreams({
    detectors: [lstmRegimeDetector],
    journal: new MemoryJournal(clock, { countMax: 1_000_000, ageMaxMs: 1e12 }),
    clock,
    countMax: 100,
    expiryMs: 1e12,
    fit: async () => undefined,
    turns: new TurnBudget(clock),
    modelsOf: () => models,
    publish: (event) => void told.push(event),
  });
  const leave = (yes: boolean) => {
    gone = yes;
  };
  return { streams, told, asked, leave };
}

async function whole() {
  const { streams, told } = harness();
  streams.open("desk", open);
  await streams.observe("desk", observe(0, rows));
  return { data: told.map((event) => event.data), state: streams.state("desk", "SPX") };
}

it("says the same however the bars come, and asks once for all of a turn", async () => {
  const { data, state } = await whole();
  expect(data.length).toBeGreaterThan(2);
  for (const size of [1, 7, 100]) {
    const { streams, told, asked } = harness();
    streams.open("desk", open);
    await streams.observe("desk", observe(0, rows.slice(0, 100)));
    asked.length = 0;
    const turn = [];
    for (let from = 100; from < 300; from += size)
      turn.push(streams.observe("desk", observe(from, rows.slice(from, Math.min(300, from + size)))));
    const last = (await Promise.all(turn)).at(-1);
    expect(last).toMatchObject({ last_ts: 299 });
    expect(asked).toEqual([200]);
    await streams.observe("desk", observe(300, rows.slice(300)));
    expect(told.map((event) => event.data)).toEqual(data);
    expect(streams.state("desk", "SPX")).toEqual(state);
  }
});

it("a batch larger than the model's own goes in several", async () => {
  const { streams, asked } = harness();
  streams.open("desk", open);
  await streams.observe("desk", observe(0, rows));
  expect(asked).toEqual([256, 420 - 62 - 256]); // of the first 62 it says nothing
});

it("one bad bar is refused for itself, and what came with it is taken", async () => {
  const { data, state } = await whole();
  const { streams, told } = harness();
  streams.open("desk", open);
  const bad = observe(200, [[1, 2, 1, 1]]); // its high is below its low
  const turn = [
    streams.observe("desk", observe(0, rows.slice(0, 200))),
    streams.observe("desk", bad),
    streams.observe("desk", observe(150, rows.slice(150, 250))), // half of it known
    streams.observe("desk", observe(250, rows.slice(250))),
  ];
  const [first, refused, ...others] = await Promise.allSettled(turn);
  expect(first?.status).toBe("fulfilled");
  expect(refused).toMatchObject({ reason: { code: "invalid_argument", processed: "no" } });
  expect(others).toMatchObject([
    { value: { accepted: 50, duplicates: 50 } },
    { value: { accepted: 170, duplicates: 0 } },
  ]);
  expect(told.map((event) => event.data)).toEqual(data);
  expect(streams.state("desk", "SPX")).toEqual(state);
});

it("a model that went away refuses what comes, loses nothing, and the feed goes on when it is back", async () => {
  const { data, state } = await whole();
  const { streams, told, leave } = harness();
  streams.open("desk", open);
  await streams.observe("desk", observe(0, rows.slice(0, 150)));
  leave(true);
  const sent = [observe(150, rows.slice(150, 200)), observe(200, rows.slice(200))];
  const refused = await Promise.allSettled(sent.map((frame) => streams.observe("desk", frame)));
  for (const each of refused)
    expect(each).toMatchObject({ reason: { code: "unavailable", processed: "no", retryable: true } });
  expect(streams.state("desk", "SPX")).toMatchObject({ observations: 150, last_ts: 149 });
  expect(streams.open("desk", open).created).toBe(false); // a stream that is open stays so
  expect(await streams.observe("desk", observe(100, rows.slice(100, 150)))).toMatchObject({ duplicates: 50 });
  leave(false);
  await Promise.all(sent.map((frame) => streams.observe("desk", frame)));
  expect(told.map((event) => event.data)).toEqual(data);
  expect(streams.state("desk", "SPX")).toEqual(state);
});

it("is not opened without its model, nor with a history of other rows", async () => {
  const { streams, leave } = harness();
  const closes = toWire({ datatype: "FP64", shape: [2, 1], data: Float64Array.of(1, 2) });
  expect(() => streams.open("desk", { ...open, history: { ts: [1, 2], values: closes } })).toThrow(
    /^values\.shape: lstm-regime takes 4 values/,
  );
  leave(true);
  expect(() => streams.open("desk", open)).toThrow(/^parameters\.model: no model "lstm-regime" is served/);
  expect(streams.count).toBe(0);
});
