/** Subscriptions of a log whose reads take their time: events are logged, told and let go of while one is under way. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { LoggedEvent, Retention } from "../../gateway/events/event-log.js";
import { Hub } from "../../gateway/events/hub.js";
import { TopicSubscription } from "../../gateway/events/subscription.js";
import { MemoryJournal } from "../../gateway/regimes/journal/memory-journal.js";
import { TurnBudget } from "../../gateway/turn-budget.js";
import type { EventFrame, GatewayFrame, SnapshotFrame, SubscribeFrame } from "../../protocol/frames.js";
import { kindOf } from "../../protocol/topics.js";
import { FakeClock } from "../support/clock.js";
import { DelayedLog } from "../support/delayed-log.js";
import { change, nobody, ScriptedListener } from "../support/regimes.js";
import { checkAsync } from "../support/seeded.js";

const namespace = "desk";
const a = "regime.A";
const b = "regime.B";
/** Of another kind: `regime.*` is not told of it. */
const c = "drift.A";

type Told = EventFrame | SnapshotFrame;

function harness(turns: readonly number[], retention: Partial<Retention> = {}) {
  const clock = new FakeClock();
  const memory = new MemoryJournal(clock, { countMax: 1_000_000, ageMaxMs: 1e12, ...retention });
  const log = new DelayedLog(memory, clock, turns);
  const hub = new Hub(log, () => {});
  const logged: LoggedEvent[] = [];
  const tell = (event: LoggedEvent) => {
    logged.push(event);
    hub.publish(event);
  };
  const publish = (topic = a, count = 1, within = namespace) => {
    const event = { key: { namespace: within, topic }, data: change(topic) };
    return log.commit({ events: Array.from({ length: count }, () => event) }, tell);
  };
  const subscribe = (frame: Partial<SubscribeFrame> = {}, room = 1e9) => {
    const listener = new ScriptedListener(room);
    const view = { clock, turns: new TurnBudget(clock), owner: nobody };
    const asked: SubscribeFrame = { type: "subscribe", id: 1, topic: a, ...frame };
    const subscription = new TopicSubscription(namespace, asked, listener, log, view);
    hub.add(subscription);
    const told = () => listener.frames.filter(isTold);
    return { subscription, listener, told, asked, started: subscription.start() };
  };
  const since = (offset: number) => ({ epoch: log.epoch, offset });
  const sincePosition = (position: number) => ({ epoch: log.epoch, position });
  return { clock, log, logged, publish, subscribe, since, sincePosition };
}

const isTold = (frame: GatewayFrame): frame is Told => frame.type === "event" || frame.type === "snapshot";
const shape = (frames: readonly Told[]) => frames.map(({ type, offset }) => `${type} ${offset}`);

describe("while a read of the log is under way", () => {
  it("what is logged is neither lost nor told twice, whether the read sees it or not", async () => {
    for (const turns of [
      [0, 4],
      [4, 0],
      [2, 2],
    ]) {
      const { clock, publish, subscribe, since } = harness(turns);
      await publish(a, 2);
      const { told } = subscribe({ since: since(0) });
      for (let i = 0; i < 3; i++) {
        await clock.turnLoop();
        await publish();
      }
      await clock.settle();
      await publish();
      expect(shape(told())).toEqual([
        ...[1, 2, 3, 4, 5].map((offset) => `event ${offset}`),
        "snapshot 5",
        "event 6",
      ]);
    }
  });

  it("what retention takes makes it a topic that is not recovered, never half a replay", async () => {
    const { clock, publish, subscribe, since } = harness([0, 4], { countMax: 3 });
    await publish(a, 3);
    const { told } = subscribe({ since: since(0) });
    await clock.turnLoop();
    await publish(); // the first is gone, and the read that is under way has seen it
    await clock.settle();
    await publish();
    expect(shape(told())).toEqual(["snapshot 4", "event 5"]);
    expect(told()[0]).toMatchObject({ recovered: false });
  });

  it("more is logged than is kept of it: then the log is read again, and it arrives", async () => {
    const { clock, publish, subscribe, since } = harness([1]);
    await publish();
    const { told, started } = subscribe({ since: since(0) });
    await publish(a, 1_000);
    await clock.settle();
    await started;
    expect(told()).toHaveLength(1_002);
    expect(shape(told()).slice(-2)).toEqual(["event 1001", "snapshot 1001"]);
  });

  it("others log without end: it arrives all the same, and so it does where its own topic never rests", async () => {
    for (const [topic, within] of [
      [a, "other"],
      [a, namespace],
      [b, namespace],
    ] as const) {
      const { clock, publish, subscribe, sincePosition } = harness([2]);
      await publish(a, 3);
      const { told } = subscribe({ topic: "regime.*", since: sincePosition(0) });
      for (let i = 0; i < 20; i++) {
        await publish(topic, 1, within);
        await clock.turnLoop();
      }
      expect(told().filter(({ type }) => type === "snapshot").length).toBeGreaterThan(0);
    }
  });

  it("which finds nothing, what is logged then is told nevertheless", async () => {
    const { clock, publish, subscribe, sincePosition } = harness([0, 4]);
    await publish(a, 1, "other");
    const { told } = subscribe({ topic: "regime.*", since: sincePosition(0) });
    await clock.turnLoop();
    await publish();
    await clock.settle();
    expect(shape(told())).toEqual(["event 1", "snapshot 1"]);
  });

  it("it ends: nothing is told any more", async () => {
    const { clock, publish, subscribe, since } = harness([2]);
    await publish();
    const { subscription, told, started } = subscribe({ since: since(0) });
    await clock.turnLoop();
    subscription.end();
    await clock.settle();
    await started;
    expect(told()).toEqual([]);
  });

  it("it fails: the listener is told, and of an ended one nobody is", async () => {
    const { clock, log, publish, subscribe, since } = harness([1]);
    await publish();
    log.fault = new Error("no route to the store");
    const [open, ended] = [subscribe({ since: since(0) }), subscribe({ since: since(0) })];
    ended.subscription.end();
    await clock.settle();
    await Promise.all([open.started, ended.started]);
    expect(open.listener.failures).toEqual([log.fault]);
    expect(ended.listener.failures).toEqual([]);
  });

  it("nothing is read for who asks for no past", async () => {
    const { log, publish, subscribe } = harness([5]);
    await publish(a, 3);
    const { told, started } = subscribe();
    expect(log.underWay).toBe(0);
    await started;
    expect(shape(told())).toEqual(["snapshot 3"]);
  });
});

describe("a pattern", () => {
  it("stands for its own kind of topics, in replay, snapshots and live", async () => {
    const { clock, publish, subscribe, sincePosition } = harness([1]);
    for (const topic of [a, c, b, c]) await publish(topic);
    const regimes = subscribe({ topic: "regime.*", since: sincePosition(0) });
    const drifts = subscribe({ topic: "drift.*", since: sincePosition(0) });
    await clock.settle();
    for (const topic of [c, b]) await publish(topic);
    const topics = (frames: readonly Told[]) => frames.map(({ type, topic }) => `${type} ${topic}`);
    expect(topics(regimes.told())).toEqual([
      ...[a, b].map((topic) => `event ${topic}`),
      ...[a, b].map((topic) => `snapshot ${topic}`),
      `event ${b}`,
    ]);
    expect(topics(drifts.told())).toEqual([`event ${c}`, `event ${c}`, `snapshot ${c}`, `event ${c}`]);
  });
});

/** What a reader may rely on. @param logged every event of its namespace */
function requireWhole(
  frames: readonly Told[],
  { topic, since, mode }: SubscribeFrame,
  logged: readonly LoggedEvent[],
): void {
  const { offset: fromOffset, position: fromPosition = 0 } = since ?? {};
  /** The offset of a topic that the reader said it had. */
  const from = (of: string) =>
    fromOffset ?? logged.filter((each) => each.topic === of && each.position <= fromPosition).length;
  const at = new Map<string, number>();
  const seen = new Set<string>();
  let position = since?.position ?? 0;
  for (const frame of frames) {
    expect(kindOf(frame.topic)).toBe(kindOf(topic));
    const before = at.get(frame.topic) ?? (since === undefined ? undefined : from(frame.topic));
    if (frame.type === "event") {
      if (mode !== "latest" && before !== undefined) expect(frame.offset).toBe(before + 1);
      expect(frame.offset).toBeGreaterThan(before ?? 0);
      expect(frame.position).toBeGreaterThan(position);
      position = mode === "latest" ? position : frame.position;
    } else {
      // Recovered: what came before it was told, or in mode latest there was nothing.
      if (frame.recovered && before !== undefined) expect(frame.offset).toBe(before);
      expect(frame.offset).toBeGreaterThanOrEqual(before ?? 0);
      expect(frame.position).toBeGreaterThanOrEqual(position);
      seen.add(frame.topic);
    }
    at.set(frame.topic, frame.offset);
  }
}

it("loses and repeats no event between replay and live, and keeps their order, however reads and events fall", async () => {
  const step = fc.oneof(
    fc.record({ publish: fc.constantFrom(a, b, c), count: fc.constantFrom(1, 2, 300) }),
    fc.constantFrom("turn", "turn", "turn", "crowd", "drain", "wait", "elsewhere"),
  );
  const reader = fc.record({
    topic: fc.constantFrom(a, "regime.*"),
    mode: fc.constantFrom<"all" | "latest">("all", "all", "latest"),
    since: fc.option(fc.nat(20), { nil: undefined }),
  });
  await checkAsync(
    fc.asyncProperty(
      fc.array(fc.nat(4), { minLength: 1, maxLength: 8 }),
      fc.constantFrom(4, 10, 400, 1e6),
      fc.array(reader, { minLength: 1, maxLength: 4 }),
      fc.array(step, { maxLength: 30 }),
      async (turns, countMax, readers, steps) => {
        const { clock, log, logged, publish, subscribe, since, sincePosition } = harness(turns, {
          countMax,
          ageMaxMs: 1_000,
        });
        await publish(a, 3, "other");
        for (const topic of [a, b, c]) await publish(topic, 7);
        const open = readers.map(({ topic, mode, since: from }) =>
          subscribe({
            topic,
            ...(mode === "latest" && { mode }),
            ...(from !== undefined && {
              since: topic === a ? since(Math.min(from, 7)) : sincePosition(from),
            }),
          }),
        );
        for (const each of steps)
          if (typeof each === "object") await publish(each.publish, each.count);
          else if (each === "turn") await clock.turnLoop();
          else if (each === "wait") clock.jump(400);
          else if (each === "elsewhere") await publish(a, 1, "other");
          else if (each === "crowd") for (const { listener } of open) listener.crowded = true;
          else for (const { listener } of open) listener.drain();
        for (const { listener } of open) listener.drain();
        await clock.settle();
        await Promise.all(open.map(({ started }) => started));
        for (const { told, asked } of open) {
          const frames = told();
          requireWhole(
            frames,
            asked,
            logged.filter((event) => event.namespace === namespace),
          );
          for (const topic of asked.topic === a ? [a] : [a, b]) {
            const mine = frames.filter((frame) => frame.topic === topic);
            expect(mine.some(({ type }) => type === "snapshot")).toBe(true);
            expect(mine.at(-1)?.offset).toBe(log.lastOffset({ namespace, topic }));
          }
        }
      },
    ),
    120,
  );
});
