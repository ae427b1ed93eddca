/** An event for many sockets is put into all of their outboxes at once, and sent over several turns. */
import { expect, it } from "vitest";
import { Hub } from "../../gateway/events/hub.js";
import { FlushScheduler } from "../../gateway/faces/websocket/flush-scheduler.js";
import { Outbox } from "../../gateway/faces/websocket/outbox.js";
import { MemoryJournal } from "../../gateway/regimes/journal/memory-journal.js";
import { TurnBudget, turnBudgetMs } from "../../gateway/turn-budget.js";
import type { RegimeChange } from "../../protocol/frames.js";
import { FakeClock } from "../support/clock.js";
import { codec, ScriptedTransport } from "../support/transport.js";

const change: RegimeChange = {
  kind: "regime_change",
  stream: "SPX",
  from: "calm",
  to: "turbulent",
  probability: 1,
  probabilities: { calm: 0, turbulent: 1 },
  detector: "gaussian_hmm",
  version: "1",
  observed_ts: 1,
};

/** Creates `count` outboxes, for each of which a write takes a millisecond. */
function many(count: number) {
  const clock = new FakeClock();
  const departures = new FlushScheduler(new TurnBudget(clock));
  const turnsOf: number[] = [];
  const made = Array.from({ length: count }, () => {
    const transport = new ScriptedTransport(codec());
    const send = transport.send.bind(transport);
    transport.send = (message, sent) => {
      clock.jump(1);
      turnsOf.push(clock.turn);
      send(message, sent);
    };
    const max = { pushedBytesMax: 1_000_000, answeredBytesMax: 1_000_000 };
    const outbox = new Outbox(transport, transport.codec, max, () => {}, departures);
    return { transport, outbox };
  });
  /** The largest number of writes in one turn. */
  const mostInATurn = () =>
    Math.max(...turnsOf.map((turn) => turnsOf.filter((other) => other === turn).length));
  return { clock, made, mostInATurn };
}

const ack = (id: number) => codec().encode({ type: "ack", id });
const idsOf = (transport: ScriptedTransport) =>
  transport.batches.map((batch) => batch.map((frame) => ("id" in frame ? frame.id : undefined)));

it("a turn writes to as many as fit into its budget, in the order in which they were pushed to", async () => {
  const { clock, made, mostInATurn } = many(100);
  for (const { outbox } of made) outbox.push(ack(1));
  await clock.turnLoop();
  const reached = made.map(({ transport }) => transport.messages.length);
  expect(reached.slice(0, 5)).toEqual([1, 1, 1, 1, 1]);
  expect(reached.at(-1)).toBe(0);
  await clock.settle();
  expect(made.every(({ transport }) => transport.messages.length === 1)).toBe(true);
  expect(mostInATurn()).toBeLessThanOrEqual(turnBudgetMs + 1);
});

it("what is pushed meanwhile leaves with it, and an answer takes both along at once", async () => {
  const { clock, made } = many(20);
  for (const id of [1, 2]) {
    for (const { outbox } of made) outbox.push(ack(id));
    await clock.turnLoop();
  }
  const last = made.at(-1) as (typeof made)[0];
  last.outbox.answer(ack(3));
  await Promise.resolve();
  expect(idsOf(last.transport)).toEqual([[1, 2, 3]]);
  await clock.settle();
  for (const { transport } of made) expect(idsOf(transport).flat().slice(0, 2)).toEqual([1, 2]);
  expect(idsOf(last.transport)).toHaveLength(1);
});

it("a burst of events counts what it takes to deliver them: the log shows each when it is told", async () => {
  const clock = new FakeClock();
  const log = new MemoryJournal(clock, { countMax: 1_000, ageMaxMs: 1e9 });
  const hub = new Hub(log, () => clock.jump(1)); // as if each event took a millisecond to deliver
  let turn = 0;
  const tick = () => {
    turn++;
    ticker = setImmediate(tick);
  };
  let ticker = setImmediate(tick);
  const told: { turn: number; position: number; shown: number }[] = [];
  const key = { namespace: "default", topic: "regime.SPX" };
  const landed = log.commit(
    { events: Array.from({ length: 60 }, () => ({ key, data: change })) },
    (event) => {
      hub.publish(event);
      told.push({ turn, position: event.position, shown: log.position });
    },
  );
  await landed;
  clearImmediate(ticker);
  expect(told.map(({ position }) => position)).toEqual(Array.from({ length: 60 }, (_, i) => i + 1));
  expect(told.every(({ position, shown }) => position === shown)).toBe(true);
  for (const { turn: one } of told)
    expect(told.filter((each) => each.turn === one).length).toBeLessThanOrEqual(turnBudgetMs + 1);
});
