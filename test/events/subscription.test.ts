import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Retention } from "../../gateway/events/event-log.js";
import { Hub } from "../../gateway/events/hub.js";
import { TopicSubscription } from "../../gateway/events/subscription.js";
import { MemoryJournal } from "../../gateway/regimes/journal/memory-journal.js";
import { TurnBudget } from "../../gateway/turn-budget.js";
import type { EventFrame, GatewayFrame, SnapshotFrame, SubscribeFrame } from "../../protocol/frames.js";
import { FakeClock } from "../support/clock.js";
import { change, nobody, ScriptedListener } from "../support/regimes.js";
import { checkAsync } from "../support/seeded.js";

const topic = "regime.SPX";

function harness(retention: Partial<Retention> = {}) {
  const clock = new FakeClock();
  const log = new MemoryJournal(clock, { countMax: 1_000_000, ageMaxMs: 1e12, ...retention });
  const hub = new Hub(log, () => {});
  const publish = (stream = "SPX", namespace = "desk") => {
    const key = { namespace, topic: `regime.${stream}` };
    return log.commit({ events: [{ key, data: change(stream) }] }, hub.publish);
  };
  const subscribe = (frame: Partial<SubscribeFrame> = {}, { namespace = "desk", room = 1e9 } = {}) => {
    const listener = new ScriptedListener(room);
    const subscription = new TopicSubscription(
      namespace,
      { type: "subscribe", id: 1, topic, ...frame },
      listener,
      log,
      {
        clock,
        turns: new TurnBudget(clock),
        owner: nobody,
      },
    );
    hub.add(subscription);
    return { subscription, listener, started: subscription.start() };
  };
  const since = (offset: number) => ({ epoch: log.epoch, offset });
  const sincePosition = (position: number) => ({ epoch: log.epoch, position });
  return { clock, log, hub, publish, subscribe, since, sincePosition };
}

const events = (frames: readonly GatewayFrame[]) =>
  frames.filter((frame): frame is EventFrame => frame.type === "event");
const snapshots = (frames: readonly GatewayFrame[]) =>
  frames.filter((frame): frame is SnapshotFrame => frame.type === "snapshot");
const offsets = (frames: readonly GatewayFrame[]) => events(frames).map(({ offset }) => offset);
const shape = (frames: readonly GatewayFrame[]) =>
  frames.map((frame) => ("offset" in frame ? `${frame.type} ${frame.offset}` : frame.type));

describe("a topic", () => {
  it("without since starts at the snapshot, then events as they happen", async () => {
    const { publish, subscribe } = harness();
    await publish();
    const { listener, started } = subscribe();
    await started;
    await publish();
    expect(shape(listener.frames)).toEqual(["snapshot 1", "event 2"]);
    expect(snapshots(listener.frames)).toMatchObject([{ recovered: false, position: 1, data: null }]);
  });

  it("with since replays what was missed, marks the end, then is live", async () => {
    const { publish, subscribe, since } = harness();
    for (let i = 0; i < 3; i++) await publish();
    const { listener, started } = subscribe({ since: since(1) });
    await started;
    await publish();
    expect(shape(listener.frames)).toEqual(["event 2", "event 3", "snapshot 3", "event 4"]);
    expect(snapshots(listener.frames)).toMatchObject([{ recovered: true }]);
  });

  it("that does not exist yet can be subscribed", async () => {
    const { publish, subscribe, since } = harness();
    const { listener, started } = subscribe({ since: since(0) });
    await started;
    await publish();
    expect(shape(listener.frames)).toEqual(["snapshot 0", "event 1"]);
    expect(snapshots(listener.frames)).toMatchObject([{ recovered: true, data: null }]);
  });

  it.each([
    ["another epoch", { epoch: "other", offset: 1 }],
    ["an offset that never was", undefined],
  ])("is not recovered from %s, and nothing is replayed", async (_, given) => {
    const { publish, subscribe, since } = harness();
    for (let i = 0; i < 3; i++) await publish();
    const { listener, started } = subscribe({ since: given ?? since(4) });
    await started;
    expect(shape(listener.frames)).toEqual(["snapshot 3"]);
    expect(snapshots(listener.frames)).toMatchObject([{ recovered: false }]);
  });

  it("is not recovered once retention took an event after since: never in part", async () => {
    const { publish, subscribe, since } = harness({ countMax: 2 });
    for (let i = 0; i < 4; i++) await publish();
    const lost = subscribe({ since: since(1) });
    const kept = subscribe({ since: since(2) });
    await Promise.all([lost.started, kept.started]);
    expect(shape(lost.listener.frames)).toEqual(["snapshot 4"]);
    expect(snapshots(lost.listener.frames)).toMatchObject([{ recovered: false }]);
    expect(shape(kept.listener.frames)).toEqual(["event 3", "event 4", "snapshot 4"]);
    expect(snapshots(kept.listener.frames)).toMatchObject([{ recovered: true }]);
  });

  it("hears nothing of another namespace", async () => {
    const { publish, subscribe } = harness();
    const { listener, started } = subscribe({}, { namespace: "other" });
    await started;
    await publish();
    expect(shape(listener.frames)).toEqual(["snapshot 0"]);
  });

  it("hears nothing after its end", async () => {
    const { hub, publish, subscribe } = harness();
    const { subscription, listener, started } = subscribe();
    await started;
    subscription.end();
    await publish();
    hub.remove(subscription);
    await publish();
    expect(shape(listener.frames)).toEqual(["snapshot 0"]);
    expect(hub.subscriptions).toBe(0);
  });
});

describe("an event that is logged while somebody subscribes", () => {
  it("is in the snapshot or comes after it, never both", async () => {
    const { publish, subscribe } = harness();
    const published = publish(); // it does not show before it is told
    const { listener, started } = subscribe();
    await Promise.all([published, started]);
    expect(shape(listener.frames)).toEqual(["snapshot 0", "event 1"]);
  });

  it("is replayed or comes live, never both", async () => {
    const { publish, subscribe, since } = harness();
    await publish();
    const published = publish();
    const { listener, started } = subscribe({ since: since(0) });
    await Promise.all([published, started]);
    expect(offsets(listener.frames)).toEqual([1, 2]);
  });
});

describe("a pattern", () => {
  it("hears every topic of its namespace, in the order of the log", async () => {
    const { publish, subscribe, sincePosition } = harness();
    for (const stream of ["SPX", "NDX", "SPX"]) await publish(stream);
    await publish("SPX", "other");
    const { listener, started } = subscribe({ topic: "regime.*", since: sincePosition(1) });
    await started;
    await publish("VIX");
    expect(events(listener.frames).map((frame) => `${frame.topic} ${frame.offset}`)).toEqual([
      "regime.NDX 1",
      "regime.SPX 2",
      "regime.VIX 1",
    ]);
    expect(snapshots(listener.frames).map((frame) => `${frame.topic} ${frame.recovered}`)).toEqual([
      "regime.SPX true",
      "regime.NDX true",
    ]);
  });

  it("recovers each topic by itself", async () => {
    const { publish, subscribe, sincePosition } = harness({ countMax: 2 });
    for (const stream of ["SPX", "SPX", "SPX", "NDX"]) await publish(stream);
    const { listener, started } = subscribe({ topic: "regime.*", since: sincePosition(0) });
    await started;
    expect(events(listener.frames).map((frame) => frame.topic)).toEqual(["regime.NDX"]);
    expect(snapshots(listener.frames).map((frame) => `${frame.topic} ${frame.recovered}`)).toEqual([
      "regime.SPX false",
      "regime.NDX true",
    ]);
  });

  it("without topics has no snapshot, and topics that come later join it", async () => {
    const { publish, subscribe } = harness();
    const { listener, started } = subscribe({ topic: "regime.*" });
    await started;
    expect(listener.frames).toEqual([]);
    await publish("NDX");
    expect(shape(listener.frames)).toEqual(["event 1"]);
  });
});

describe("a replay", () => {
  it("waits for a slow reader, and takes in what happens meanwhile", async () => {
    const { clock, publish, subscribe, since } = harness();
    for (let i = 0; i < 600; i++) await publish();
    const { listener, started } = subscribe({ since: since(0) }, { room: 300 });
    await clock.settle();
    const paused = offsets(listener.frames).length;
    expect(paused).toBeLessThan(600);
    for (let i = 0; i < 10; i++) await publish();
    expect(offsets(listener.frames)).toHaveLength(paused);
    listener.drain();
    await started;
    await publish();
    expect(offsets(listener.frames)).toEqual(Array.from({ length: 611 }, (_, i) => i + 1));
    expect(shape(listener.frames).at(-2)).toBe("snapshot 610");
    expect(snapshots(listener.frames)).toMatchObject([{ recovered: true }]);
  });

  it("is still recovered when retention takes what it has sent already", async () => {
    const { clock, publish, subscribe, since } = harness({ countMax: 600 });
    for (let i = 0; i < 600; i++) await publish();
    const { listener, started } = subscribe({ since: since(0) }, { room: 300 });
    await clock.settle();
    for (let i = 0; i < 100; i++) await publish();
    listener.drain();
    await started;
    expect(offsets(listener.frames)).toEqual(Array.from({ length: 700 }, (_, i) => i + 1));
    expect(snapshots(listener.frames)).toMatchObject([{ recovered: true, offset: 700 }]);
  });

  it("that retention overtakes is not recovered, and stops", async () => {
    const { clock, publish, subscribe, since } = harness({ countMax: 600 });
    for (let i = 0; i < 600; i++) await publish();
    const { listener, started } = subscribe({ since: since(0) }, { room: 300 });
    await clock.settle();
    const sent = offsets(listener.frames);
    for (let i = 0; i < 600; i++) await publish();
    listener.drain();
    await started;
    expect(offsets(listener.frames)).toEqual(sent);
    expect(snapshots(listener.frames)).toMatchObject([{ recovered: false, offset: 1_200 }]);
  });

  it("stops when the connection ends", async () => {
    const { clock, publish, subscribe, since } = harness();
    for (let i = 0; i < 600; i++) await publish();
    const { subscription, listener, started } = subscribe({ since: since(0) }, { room: 300 });
    await clock.settle();
    const sent = listener.frames.length;
    subscription.end();
    listener.drain();
    await started;
    expect(listener.frames).toHaveLength(sent);
  });
});

describe("mode latest", () => {
  it("replays nothing, and says whether anything was missed", async () => {
    const { publish, subscribe, since } = harness();
    await publish();
    await publish();
    const behind = subscribe({ mode: "latest", since: since(1) });
    const current = subscribe({ mode: "latest", since: since(2) });
    await Promise.all([behind.started, current.started]);
    expect(shape(behind.listener.frames)).toEqual(["snapshot 2"]);
    expect(snapshots(behind.listener.frames)).toMatchObject([{ recovered: false }]);
    expect(snapshots(current.listener.frames)).toMatchObject([{ recovered: true }]);
  });

  it("keeps only the latest of each topic for a busy reader", async () => {
    const { clock, publish, subscribe } = harness();
    const { listener, started } = subscribe({ mode: "latest", topic: "regime.*" });
    await started;
    listener.busy = true;
    for (const stream of ["SPX", "SPX", "NDX", "SPX"]) await publish(stream);
    expect(listener.frames).toEqual([]);
    listener.drain();
    await clock.settle();
    expect(events(listener.frames).map((frame) => `${frame.topic} ${frame.offset}`)).toEqual([
      "regime.SPX 3",
      "regime.NDX 1",
    ]);
    await publish("SPX");
    expect(events(listener.frames).at(-1)).toMatchObject({ topic: "regime.SPX", offset: 4 });
  });

  it("never shows an older change after a newer one", async () => {
    const { clock, publish, subscribe } = harness();
    const { listener, started } = subscribe({ mode: "latest" });
    await started;
    listener.busy = true;
    await publish();
    listener.busy = false; // it has left, and nobody was told yet
    await publish();
    listener.drain();
    await clock.settle();
    expect(offsets(listener.frames)).toEqual([2]);
  });

  it("drops what it held when it ends", async () => {
    const { clock, publish, subscribe } = harness();
    const { subscription, listener, started } = subscribe({ mode: "latest" });
    await started;
    listener.busy = true;
    await publish();
    subscription.end();
    listener.drain();
    await clock.settle();
    expect(events(listener.frames)).toEqual([]);
  });
});

it("gives every event once and in order, wherever a reader leaves and comes back", async () => {
  const step = fc.constantFrom<"publish" | "together" | "leave" | "crowd" | "drain">(
    "publish",
    "together",
    "leave",
    "crowd",
    "drain",
  );
  const pattern = fc.boolean();
  await checkAsync(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), pattern, async (steps, isPattern) => {
      const { clock, hub, publish, subscribe, since, sincePosition } = harness();
      for (let i = 0; i < 300; i++) await publish();
      const seen: EventFrame[] = [];
      let cursor = 0;
      const join = () =>
        subscribe(isPattern ? { topic: "regime.*", since: sincePosition(cursor) } : { since: since(cursor) });
      const take = ({ listener, subscription }: ReturnType<typeof subscribe>) => {
        subscription.end();
        hub.remove(subscription);
        const frames = events(listener.frames);
        seen.push(...frames);
        cursor = frames.at(-1)?.[isPattern ? "position" : "offset"] ?? cursor;
      };
      let total = 300;
      let reader = join();
      for (const each of steps) {
        if (each === "publish" || each === "together") total++;
        if (each === "publish") await publish();
        else if (each === "together") {
          const published = publish();
          take(reader);
          reader = join();
          await published;
        } else if (each === "leave") {
          take(reader);
          reader = join();
        } else if (each === "crowd") reader.listener.crowded = true;
        else {
          reader.listener.drain();
          await clock.settle();
        }
      }
      reader.listener.drain();
      await reader.started;
      take(reader);
      expect(seen.map(({ offset }) => offset)).toEqual(Array.from({ length: total }, (_, i) => i + 1));
    }),
    40,
  );
});
