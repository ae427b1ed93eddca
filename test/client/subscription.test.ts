import { describe, expect, it } from "vitest";
import { type Change, type SubscribeOptions, Subscription } from "../../client/typescript/subscription.js";
import { HeadgateError } from "../../protocol/errors.js";
import { change } from "../support/regimes.js";

function harness(topic = "regime.SPX", options: SubscribeOptions = {}) {
  let unsubscribed = 0;
  const subscription = new Subscription(topic, options, () => {
    unsubscribed++;
  });
  const event = (offset: number, { epoch = "e1", position = offset, stream = "SPX" } = {}) =>
    subscription.event({
      type: "event",
      topic: `regime.${stream}`,
      epoch,
      offset,
      position,
      ts: 1,
      event_id: `${epoch}-${position}`,
      data: change(stream),
    });
  const snapshot = (
    offset: number,
    recovered: boolean,
    { epoch = "e1", position = offset, stream = "SPX", toCome = 0 } = {},
  ) =>
    subscription.snapshot({
      type: "snapshot",
      topic: `regime.${stream}`,
      epoch,
      offset,
      position,
      recovered,
      to_come: toCome,
      data: null,
    });
  return { subscription, event, snapshot, unsubscribed: () => unsubscribed };
}

async function taken(subscription: Subscription, count: number): Promise<Change[]> {
  const changes: Change[] = [];
  for await (const each of subscription) if (changes.push(each) === count) break;
  return changes;
}

describe("the cursor", () => {
  it("starts where the user said, else at the first snapshot", () => {
    expect(harness("regime.SPX", { since: { epoch: "e0", offset: 7 } }).subscription.cursor).toEqual({
      epoch: "e0",
      offset: 7,
    });
    const { subscription, snapshot } = harness();
    expect(subscription.cursor).toBeUndefined();
    snapshot(4, false);
    expect(subscription.cursor).toEqual({ epoch: "e1", offset: 4 });
  });

  it("moves with each event, replayed or live, and not with a recovered snapshot", () => {
    const { subscription, event, snapshot } = harness("regime.SPX", { since: { epoch: "e1", offset: 1 } });
    event(2);
    expect(subscription.cursor).toEqual({ epoch: "e1", offset: 2 });
    snapshot(9, true);
    expect(subscription.cursor).toEqual({ epoch: "e1", offset: 2 });
  });

  it("starts anew in a new epoch", async () => {
    const { subscription, event, snapshot } = harness();
    event(5);
    snapshot(0, false, { epoch: "e2" });
    expect(subscription.cursor).toEqual({ epoch: "e2", offset: 0 });
    event(1, { epoch: "e2" });
    expect((await taken(subscription, 2)).map(({ epoch, offset }) => `${epoch} ${offset}`)).toEqual([
      "e1 5",
      "e2 1",
    ]);
  });

  it("of a pattern is the position, over all topics", () => {
    const { subscription, event, snapshot } = harness("regime.*");
    event(1, { position: 10, stream: "SPX" });
    event(1, { position: 11, stream: "NDX" });
    expect(subscription.cursor).toEqual({ epoch: "e1", position: 11 });
    snapshot(1, false, { position: 9, stream: "VIX" });
    expect(subscription.cursor).toEqual({ epoch: "e1", position: 11 });
  });
});

describe("the iteration", () => {
  it("gives each change once, whatever is repeated", async () => {
    const { subscription, event } = harness();
    for (const offset of [1, 2, 2, 1, 3]) event(offset);
    const changes = await taken(subscription, 3);
    expect(changes.map(({ offset }) => offset)).toEqual([1, 2, 3]);
    expect(changes[0]).toMatchObject({ topic: "regime.SPX", eventId: "e1-1", to: "calm", ts: 1 });
  });

  it("counts each topic of a pattern by itself", async () => {
    const { subscription, event } = harness("regime.*");
    event(1, { position: 1, stream: "SPX" });
    event(1, { position: 2, stream: "NDX" });
    event(1, { position: 2, stream: "NDX" });
    event(2, { position: 3, stream: "SPX" });
    const changes = await taken(subscription, 3);
    expect(changes.map(({ topic, offset }) => `${topic} ${offset}`)).toEqual([
      "regime.SPX 1",
      "regime.NDX 1",
      "regime.SPX 2",
    ]);
  });

  it("waits for what comes, and leaving it unsubscribes once", async () => {
    const { subscription, event, unsubscribed } = harness();
    const waiting = taken(subscription, 2);
    await Promise.resolve();
    event(1);
    await Promise.resolve();
    event(2);
    expect(await waiting).toHaveLength(2);
    expect(unsubscribed()).toBe(1);
    subscription.close();
    expect(unsubscribed()).toBe(1);
  });

  it("gives what has come before it ends, then ends", async () => {
    const { subscription, event } = harness();
    event(1);
    subscription.close();
    expect(await taken(subscription, 5)).toHaveLength(1);
  });

  it("fails when the gateway refused, and the topic is free again", async () => {
    const { subscription, unsubscribed } = harness();
    subscription.end(new HeadgateError("permission_denied", "no"));
    await expect(taken(subscription, 1)).rejects.toMatchObject({ code: "permission_denied" });
    expect(unsubscribed()).toBe(1);
  });

  it("ends with its signal", async () => {
    const abort = new AbortController();
    const { subscription, unsubscribed } = harness("regime.SPX", { signal: abort.signal });
    const waiting = taken(subscription, 1);
    abort.abort();
    expect(await waiting).toEqual([]);
    expect(unsubscribed()).toBe(1);
  });

  it("fails rather than eat the memory when nobody reads", async () => {
    const { subscription, event, unsubscribed } = harness();
    for (let offset = 1; offset <= 100_001; offset++) event(offset);
    expect(unsubscribed()).toBe(1);
    let read = 0;
    const reading = (async () => {
      for await (const _ of subscription) read++;
    })();
    await expect(reading).rejects.toMatchObject({ code: "resource_exhausted" });
    expect(read).toBe(100_000);
  });
});

it("tells where each topic stands when a connection has caught up", async () => {
  const heard: string[] = [];
  const { subscription, snapshot } = harness("regime.*", {
    onSnapshot: ({ topic, recovered, state }) => heard.push(`${topic} ${recovered} ${state}`),
  });
  snapshot(1, true, { stream: "SPX" });
  snapshot(1, false, { stream: "NDX" });
  await subscription.caughtUp;
  expect(heard).toEqual(["regime.SPX true null", "regime.NDX false null"]);
});

describe("a pattern's cursor", () => {
  const since = { epoch: "e1", position: 4 };

  it("stays where it was until the last snapshot: a topic of which events are gone must be asked for again", () => {
    const { subscription, event, snapshot } = harness("regime.*", { since });
    subscription.begin();
    snapshot(9, false, { position: 20, toCome: 2 });
    event(1, { position: 21, stream: "NDX" });
    expect(subscription.cursor).toEqual(since);
    expect(subscription.isCaughtUp).toBe(false);
    subscription.begin(); // the connection was lost
    snapshot(9, false, { position: 22, toCome: 1 });
    event(1, { position: 21, stream: "NDX" }); // replayed, and known
    snapshot(1, true, { position: 22, stream: "NDX" });
    expect(subscription.cursor).toEqual({ epoch: "e1", position: 22 });
    expect(subscription.isCaughtUp).toBe(true);
  });

  it("begins with the first snapshot where there was none", () => {
    const { subscription, snapshot } = harness("regime.*");
    subscription.begin();
    snapshot(9, false, { position: 20, toCome: 2 });
    expect(subscription.cursor).toEqual({ epoch: "e1", position: 20 });
    expect(subscription.isCaughtUp).toBe(false);
  });

  it("has arrived with an ack that says that no snapshots come", () => {
    const { subscription, event } = harness("regime.*", { since });
    subscription.begin();
    subscription.confirmed(0);
    event(1, { position: 21 });
    expect(subscription.isCaughtUp).toBe(true);
    expect(subscription.cursor).toEqual({ epoch: "e1", position: 21 });
  });
});

it("a stream that is replaced or closed is told beside the changes, once, and moves the cursor", () => {
  const endings: unknown[] = [];
  const { subscription, event } = harness("regime.SPX", {
    onEnding: ({ kind, stream, offset }) => endings.push([kind, stream, offset]),
  });
  const ended = { stream: "SPX", observations: 3, last_ts: 2 };
  const frame = (offset: number) =>
    ({
      type: "event",
      topic: "regime.SPX",
      epoch: "e1",
      offset,
      position: offset,
      ts: 1,
      event_id: "e",
    }) as const;
  event(1);
  const closed = { ...frame(2), data: { kind: "stream_closed", reason: "closed", ...ended } } as const;
  subscription.event(closed);
  subscription.event(closed);
  subscription.event({
    ...frame(3),
    data: { kind: "stream_replaced", detector: "bocpd", version: "1", ...ended },
  });
  expect(endings).toEqual([
    ["stream_closed", "SPX", 2],
    ["stream_replaced", "SPX", 3],
  ]);
  expect(subscription.cursor).toEqual({ epoch: "e1", offset: 3 });
});
