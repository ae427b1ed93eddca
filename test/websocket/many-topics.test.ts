/** A pattern with more topics than a socket accepts at once: the subscriber catches up at its own pace. */
import { describe, expect, it } from "vitest";
import type { EventFrame, GatewayFrame, SnapshotFrame } from "../../protocol/frames.js";
import { hello, type TestHouse, type TestSession, testHouse, testSession } from "../support/house.js";
import { change, publish } from "../support/regimes.js";
import { anybody } from "../support/requests.js";

const keyOf = (i: number) => ({ namespace: "default", topic: `regime.S${i}` });

async function withTopics(count: number): Promise<TestHouse> {
  const test = testHouse();
  for (let i = 0; i < count; i++) await publish(test, keyOf(i), change(`S${i}`));
  return test;
}

async function subscribed(test: TestHouse, mode: "all" | "latest", form = "msgpack", since?: number) {
  const client = testSession(test, anybody, `headgate.v1.${form}`);
  await client.send(hello);
  client.transport.stuck = true;
  await client.send({
    type: "subscribe",
    id: 1,
    topic: "regime.*",
    mode,
    ...(since !== undefined && { since: { epoch: test.house.hub.log.epoch, position: since } }),
  });
  return client;
}

const snapshots = (frames: readonly GatewayFrame[]) =>
  frames.filter((frame): frame is SnapshotFrame => frame.type === "snapshot");
const events = (frames: readonly GatewayFrame[]) =>
  frames.filter((frame): frame is EventFrame => frame.type === "event");

/** Reads a part at a time until nothing more arrives; answers the largest number of bytes that waited. */
async function readSlowly(test: TestHouse, clients: readonly TestSession[], between: () => Promise<void>) {
  let most = 0;
  for (let quiet = 0; quiet < 3; ) {
    const before = clients.map(({ transport }) => transport.messages.length);
    most = Math.max(most, ...clients.map(({ transport }) => transport.bufferedBytes));
    for (const { transport } of clients) transport.leave(4);
    await between();
    await test.clock.settle();
    const still = clients.every(({ transport }, i) => transport.messages.length === before[i]);
    quiet = still && clients.every(({ transport }) => transport.bufferedBytes === 0) ? quiet + 1 : 0;
  }
  return most;
}

describe.each(["msgpack", "json"])("10,000 topics as %s", (form) => {
  it.each(["all", "latest"] as const)(
    "a slow reader in mode %s gets each snapshot and catches up",
    async (mode) => {
      const test = await withTopics(10_000);
      const client = await subscribed(test, mode, form);
      const most = await readSlowly(test, [client], async () => {});
      expect(client.transport.closes).toEqual([]);
      expect(most).toBeLessThanOrEqual(test.house.config.limits.outbox_bytes);
      const told = snapshots(client.transport.frames);
      expect(new Set(told.map(({ topic }) => topic)).size).toBe(10_000);
      expect(told.map((frame) => frame.to_come)).toEqual(Array.from({ length: 10_000 }, (_, i) => 9_999 - i));
      await publish(test, keyOf(7), change("S7"));
      client.transport.leave();
      expect(events(client.transport.frames)).toMatchObject([{ topic: "regime.S7", offset: 2 }]);
    },
    60_000,
  );
});

it("several slow readers of 5,000 topics miss nothing of what is logged meanwhile, and get nothing twice", async () => {
  const test = await withTopics(5_000);
  const clients = [
    await subscribed(test, "all"),
    await subscribed(test, "all", "json"),
    await subscribed(test, "all", "msgpack", 4_000),
    await subscribed(test, "latest"),
  ];
  let i = 0;
  await readSlowly(test, clients, async () => {
    if (i < 300) await publish(test, keyOf((i++ * 37) % 5_000), change());
  });
  expect(i).toBeGreaterThan(10);
  for (const [at, { transport }] of clients.entries()) {
    expect(transport.closes).toEqual([]);
    const { frames } = transport;
    const last = new Map<string, number>();
    for (const frame of frames) {
      if (frame.type === "snapshot") last.set(frame.topic, frame.offset);
      if (frame.type !== "event") continue;
      const before = last.get(frame.topic);
      if (before !== undefined && at !== 3) expect(frame.offset).toBe(before + 1);
      last.set(frame.topic, frame.offset);
    }
    for (const [topic, offset] of last)
      expect(offset).toBe(test.house.hub.log.lastOffset({ ...keyOf(0), topic }));
    expect(last.size).toBe(5_000);
  }
  const replayed = events(clients[2]?.transport.frames ?? []);
  expect(replayed.map(({ position }) => position)).toEqual(
    Array.from({ length: 1_000 + i }, (_, at) => 4_001 + at),
  );
  expect(snapshots(clients[2]?.transport.frames ?? []).every(({ recovered }) => recovered)).toBe(true);
}, 60_000);

it("a reader in mode latest that was busy while every topic changed is given them as it takes them", async () => {
  const test = await withTopics(8_000);
  const client = await subscribed(test, "latest");
  await readSlowly(test, [client], async () => {});
  for (let i = 0; i < 8_000; i++) await publish(test, keyOf(i), change(`S${i}`));
  await readSlowly(test, [client], async () => {});
  expect(client.transport.closes).toEqual([]);
  expect(new Set(events(client.transport.frames).map(({ topic }) => topic)).size).toBe(8_000);
}, 60_000);

it("what retention takes from under a paced replay is told by a second snapshot", async () => {
  const test = testHouse({ regimes: { topic_events: 2 } });
  for (let i = 0; i < 5_000; i++) await publish(test, keyOf(i), change());
  const client = await subscribed(test, "all");
  expect(snapshots(client.transport.frames)[0]).toMatchObject({ topic: "regime.S0" });
  for (let n = 0; n < 5; n++) await publish(test, keyOf(0), change());
  await readSlowly(test, [client], async () => {});
  const own = client.transport.frames.filter((frame) => "topic" in frame && frame.topic === "regime.S0");
  expect(own.map((frame) => `${frame.type} ${"offset" in frame ? frame.offset : ""}`)).toEqual([
    "snapshot 1",
    "snapshot 6",
  ]);
  expect(own.at(-1)).toMatchObject({ recovered: false, to_come: 0 });
});
