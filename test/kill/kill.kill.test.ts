/**
 * The gateway is killed at random moments while feeds and subscribers are at it. They come back by themselves;
 * at the end what was delivered is the log, event for event, and the log is what a gateway that nobody killed
 * makes of the same observations. HEADGATE_KILLS says how often.
 */
import { cp } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it, onTestFinished } from "vitest";
import { connect, type Gate, type Stream } from "../../client/typescript/index.js";
import type { EventFrame } from "../../protocol/frames.js";
import { newDataFolder, startGateway } from "../raw-client/gateway-process.js";
import { FaultyNetwork } from "../support/faulty-network.js";
import { repositoryOf } from "../support/repository.js";
import { BareSocket } from "../support/socket.js";
import { Subscriber } from "./subscriber.js";

const kills = Number(process.env["HEADGATE_KILLS"] ?? 200);
const names = ["SPX", "NDX", "VIX", "BRK.B", "ES"];
const options = {
  detector: "gaussian_hmm",
  parameters: { warmup: 30, refit_every: 500, window: 500, enter_probability: 0.6, min_dwell: 1 },
};
/** The last one's detector asks a learned model, in a worker that dies with the gateway. */
const learned = { detector: "lstm-regime", parameters: { enter_probability: 0.55, min_dwell: 1 } };
const optionsOf = (name: string) => (name === "ES" ? learned : options);
const backoff = { firstMs: 10, mostMs: 50 };
const batch = 5;
const unackedMax = 16;
const upMsMax = 2_500;
/** Between batches: 200 kills take eleven minutes, in which no topic may outgrow the 100,000 events that are kept. */
const pauseMs = 8;
const url = (port: number) => `ws://127.0.0.1:${port}/v1`;

/** Calm and wild by turns of a few observations, so that there is much to tell. */
function valueAt(stream: number, i: number): number {
  const wild = Math.floor(i / 7) % 2 === 1;
  return Math.sin((i + 1) * (12.9898 + stream)) * (wild ? 0.05 : 0.002);
}

/** What `lstm-regime` takes: a return, the logs of its range, its volume and its volatility. */
function featuresAt(stream: number, i: number): number[] {
  const log = Math.floor(i / 40) % 2 === 1 ? -3.3 : -5.3;
  return [valueAt(stream, i), log, 0.2 * Math.sin(i), log];
}

function rowsFrom(stream: number, from: number, count = batch) {
  const ts = Array.from({ length: count }, (_, i) => from + i);
  return {
    ts,
    rows: ts.map((at) => (names[stream] === "ES" ? featuresAt(stream, at) : [valueAt(stream, at)])),
  };
}

/** Feeds a stream until told to stop; settles with how many observations were acked, once all are. */
function feed(
  stream: Stream,
  index: number,
  stopped: () => boolean,
  acks: { count: number },
): Promise<number> {
  const run = async (): Promise<number> => {
    const unacked = new Set<Promise<unknown>>();
    let next = 0;
    for (; !stopped(); next += batch) {
      const { ts, rows } = rowsFrom(index, next);
      const acked = stream.observe(ts, rows);
      unacked.add(acked);
      void acked.then(() => {
        acks.count++;
        unacked.delete(acked);
      });
      if (unacked.size >= unackedMax) await Promise.race(unacked);
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
    await Promise.all(unacked);
    return next;
  };
  return run();
}

/** The whole log of a gateway, as a subscriber that was never there gets it. */
async function logOf(port: number, epoch?: string): Promise<EventFrame[]> {
  const socket = await BareSocket.open(url(port));
  const welcome = await socket.next((frame) => frame.type === "welcome");
  const known = epoch ?? (welcome.type === "welcome" ? welcome.epoch : "");
  socket.send({ type: "subscribe", id: 1, topic: "regime.*", since: { epoch: known, position: 0 } });
  // One topic after the other: counting all snapshots at every frame is quadratic, and a reader that is
  // busy counting is closed as one that is slow.
  for (const name of names)
    await socket.next((frame) => frame.type === "snapshot" && frame.topic === `regime.${name}`);
  await socket.close();
  return socket.frames.filter((frame): frame is EventFrame => frame.type === "event");
}

const idOf = ({ topic, offset, event_id }: EventFrame) => `${topic} ${offset} ${event_id}`;

it(`survives kill -9, ${kills} times`, async () => {
  const models = await repositoryOf({});
  await cp(fileURLToPath(new URL("../../models/lstm-regime", import.meta.url)), join(models, "lstm-regime"), {
    recursive: true,
  });
  const data = await newDataFolder();
  let gateway = await startGateway(data, { models });
  const { port } = gateway;
  onTestFinished(() => gateway.dispose());
  const probe = await BareSocket.open(url(port));
  const welcome = await probe.next((frame) => frame.type === "welcome");
  const epoch = welcome.type === "welcome" ? welcome.epoch : "";
  await probe.close();

  const proxy = await FaultyNetwork.start(port, { sliceBytes: 700, latencyMs: 1 });
  onTestFinished(() => proxy.stop());
  const subscribers = [...names.map((name) => `regime.${name}`), "regime.*", "regime.*"].map(
    (topic, i) => new Subscriber(i % 2 === 0 ? url(port) : proxy.url, topic, epoch),
  );
  const gates: Gate[] = await Promise.all(
    names.map((_, i) =>
      connect(i % 2 === 0 ? url(port) : proxy.url, { backoff, timeoutMs: 600_000, connectTimeoutMs: 60_000 }),
    ),
  );
  onTestFinished(() => Promise.all(gates.map((gate) => gate.close())).then(() => undefined));
  let stopped = false;
  const acks = { count: 0 };
  const feeds = await Promise.all(
    gates.map(async (gate, i) => {
      const stream = await gate.openStream(names[i] as string, optionsOf(names[i] as string));
      return { acked: feed(stream, i, () => stopped, acks) };
    }),
  );

  let lateMs = 0;
  for (let kill = 1; kill <= kills; kill++) {
    // Killed at work: on a slow machine the feeds take longer to come back than the gateway was left alive.
    for (const before = acks.count; acks.count === before; )
      await new Promise((resolve) => setTimeout(resolve, 5));
    await new Promise((resolve) => setTimeout(resolve, Math.random() * upMsMax));
    if (kill % 5 === 0) proxy.sever();
    await gateway.kill();
    const killedAt = performance.now();
    gateway = await startGateway(data, { port, models });
    lateMs = Math.max(lateMs, performance.now() - killedAt);
    if (kill % 20 === 0) console.log(`${kill} kills, ${subscribers[names.length]?.events.length} events`);
  }
  const underFire = subscribers[names.length]?.events.length ?? 0;
  stopped = true;
  const sent = await Promise.all(feeds.map(({ acked }) => acked));

  const log = await logOf(port, epoch);
  const ofTopic = (topic: string) => log.filter((event) => topic.endsWith("*") || event.topic === topic);
  for (const subscriber of subscribers) {
    const last = ofTopic(subscriber.topic).at(-1);
    const end = subscriber.topic.endsWith("*") ? last?.position : last?.offset;
    while (subscriber.at < (end ?? 0)) await new Promise((resolve) => setTimeout(resolve, 20));
  }
  let [lost, repeated, misordered, missed] = [0, 0, 0, 0];
  for (const subscriber of subscribers) {
    const wanted = ofTopic(subscriber.topic).map(idOf);
    const got = subscriber.events.map(idOf);
    const once = new Set(got);
    lost += wanted.filter((id) => !once.has(id)).length;
    repeated += got.length - once.size;
    misordered += Number(wanted.join() !== got.join());
    missed += subscriber.missed;
    await subscriber.stop();
  }

  // The same observations, and nobody killed.
  const calm = await startGateway(undefined, { models });
  onTestFinished(() => calm.dispose());
  const oracle = await connect(url(calm.port));
  const states = [];
  for (const [i, name] of names.entries()) {
    const stream = await oracle.openStream(name, optionsOf(name));
    const total = sent[i] ?? 0;
    for (let from = 0; from < total; from += 1_000) {
      const { ts, rows } = rowsFrom(i, from, Math.min(1_000, total - from));
      await stream.observe(ts, rows);
    }
    states.push(await stream.state());
  }
  const told = (events: readonly EventFrame[], name: string) =>
    events
      .filter(({ topic }) => topic === `regime.${name}`)
      .map(({ offset, data: each }) => ({ offset, ...each }));
  const calmLog = await logOf(calm.port);
  const differing = names.filter(
    (name) => JSON.stringify(told(log, name)) !== JSON.stringify(told(calmLog, name)),
  );
  const observed = await Promise.all(names.map((name) => oneState(port, name)));
  await oracle.close();

  console.log(
    JSON.stringify({
      kills,
      observations: sent.reduce((sum, each) => sum + each, 0),
      events: log.length,
      delivered: subscribers.reduce((sum, each) => sum + each.events.length, 0),
      lost,
      repeated,
      slowest_restart_ms: Math.round(lateMs),
    }),
  );
  expect(underFire).toBeGreaterThan(kills); // there was something to lose
  expect({ lost, repeated, misordered, missed, differing }).toEqual({
    lost: 0,
    repeated: 0,
    misordered: 0,
    missed: 0,
    differing: [],
  });
  expect(observed).toEqual(sent);
  expect(states.map(({ observations }) => observations)).toEqual(sent);
  for (const name of names)
    expect(told(log, name).map(({ offset }) => offset)).toEqual(told(log, name).map((_, i) => i + 1));
});

/** Observations that the gateway has of a stream. */
async function oneState(port: number, name: string): Promise<number> {
  const gate = await connect(url(port));
  const stream = await gate.openStream(name, optionsOf(name));
  await gate.close();
  return stream.observations;
}
