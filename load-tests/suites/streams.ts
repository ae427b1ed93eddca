/**
 * The costs of streams: observations a second over one socket, memory of many streams, and the time until subscribers
 * have caught up after a restart.
 */
import { cp, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ClientFrame } from "../../protocol/frames.js";
import { BareClient, openMany } from "../harness/bare-client.js";
import type { Server } from "../harness/child.js";
import { calmOn, featuresOn, learned, observeFrame, watching } from "../harness/feed.js";
import { startGateway } from "../harness/gateway.js";
import { inRepository } from "../harness/places.js";
import { median, type ReportRow } from "../report.js";

const messages = 400;
const framesAMessage = 500;
const messagesInFlight = 8;
/** Fewer messages for the learned detector, because it is slower. */
const learnedMessages = 100;
const alone = 500;
const rounds = 3;
const streams = 10_000;
const subscribers = 1_000;
const pastOfEach = 100;

type ProcessSignal = "ready" | "listening";

const none = { peer: null, peer_value: null, ratio: null };

export async function streamCosts(say: (line: string) => void): Promise<ReportRow[]> {
  const folder = await mkdtemp(join(tmpdir(), "headgate-streams-"));
  const models = join(folder, "models");
  await mkdir(models);
  await cp(inRepository("models/lstm-regime"), join(models, "lstm-regime"), { recursive: true });
  const start = (data: string, port: number, readyMsg: ProcessSignal) =>
    startGateway({ models, data: join(folder, data), port, readyMsg });
  try {
    const gateway = await start("rate", 0, "ready");
    const rates: number[] = [];
    const learnedRates: number[] = [];
    for (let round = 0; round < rounds; round++) {
      rates.push(await observations(gateway.port, `S${round}`, watching, calmOn, messages));
      learnedRates.push(await observations(gateway.port, `L${round}`, learned, featuresOn, learnedMessages));
    }
    const [acked, learnedAcked] = [
      await oneByOne(gateway.port, "one", watching, calmOn),
      await oneByOne(gateway.port, "learned", learned, featuresOn),
    ];
    await gateway.stop();

    const many = await start("many", 0, "ready");
    const before = await residentMb(many.port);
    await openAll(many.port);
    const after = await residentMb(many.port);
    say(`  the gateway holds ${before.toFixed(0)} MB before`);
    await many.stop();
    const restarted = await start("many", 0, "ready");
    say(`  and ${(await residentMb(restarted.port)).toFixed(0)} MB after a restart`);
    await restarted.stop();

    const recovered = await recovery((port, msg) => start("back", port, msg));
    return [
      {
        ...none,
        name: "observations a second over one socket, one row a frame, filtered and on disk",
        unit: "rows/s",
        value: median(rates),
      },
      {
        ...none,
        name: "the same with lstm-regime, its model asked in the pool",
        unit: "rows/s",
        value: median(learnedRates),
      },
      {
        ...none,
        name: "one observation at a time to its ack, gaussian_hmm, median",
        unit: "ms",
        value: acked,
      },
      {
        ...none,
        name: "one observation at a time to its ack, lstm-regime, median",
        unit: "ms",
        value: learnedAcked,
      },
      {
        ...none,
        name: `memory of a gateway with ${streams} open streams of ${pastOfEach} observations`,
        unit: "MB",
        value: after,
      },
      {
        ...none,
        name: `${subscribers} subscribers back after a restart, from when the port listens`,
        unit: "ms",
        value: recovered,
      },
    ];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

type FeedPlan = typeof watching | typeof learned;
type MarketFunction = (day: number) => number | readonly number[];

/** Rows a second; the last frame of each message requests an ack. */
async function observations(
  port: number,
  stream: string,
  opening: FeedPlan,
  market: MarketFunction,
  messages: number,
): Promise<number> {
  const feed = await BareClient.welcomed(port);
  const first =
    opening === watching ? observeFrame(stream, 0, 60, 2) : observeFrame(stream, 0, 60, 2, market);
  feed.send({ type: "open", id: 1, stream, ...opening }, first);
  await feed.answer(2);
  let day = 60;
  const prepared = Array.from({ length: messages }, (_, at) =>
    Array.from({ length: framesAMessage }, (_, i): ClientFrame => {
      const last = i === framesAMessage - 1;
      return observeFrame(stream, day++, 1, last ? at + 10 : undefined, market);
    }),
  );
  const started = performance.now();
  const acked: Promise<unknown>[] = [];
  for (const [at, frames] of prepared.entries()) {
    if (at >= messagesInFlight) await acked[at - messagesInFlight];
    acked.push(feed.answer(at + 10));
    feed.send(...frames);
  }
  await Promise.all(acked);
  const seconds = (performance.now() - started) / 1_000;
  feed.close();
  return (messages * framesAMessage) / seconds;
}

/** Milliseconds from an observation to its ack, with no other request in flight. */
async function oneByOne(
  port: number,
  stream: string,
  opening: FeedPlan,
  market: MarketFunction,
): Promise<number> {
  const feed = await BareClient.welcomed(port);
  feed.send({ type: "open", id: 1, stream, ...opening }, observeFrame(stream, 0, 60, 2, market));
  await feed.answer(2);
  const took: number[] = [];
  for (let i = 0; i < alone; i++) {
    const started = performance.now();
    feed.send(observeFrame(stream, 60 + i, 1, 10 + i, market));
    await feed.answer(10 + i);
    took.push(performance.now() - started);
  }
  feed.close();
  return median(took);
}

async function openAll(port: number): Promise<void> {
  const feed = await BareClient.welcomed(port);
  const parameters = { ...watching.parameters, warmup: 252 };
  for (let from = 0; from < streams; from += 100) {
    for (let i = from; i < from + 100; i++)
      feed.send({ type: "open", id: 2 * i, stream: `S${i}`, ...watching, parameters });
    for (let i = from; i < from + 100; i++) feed.send(observeFrame(`S${i}`, 0, pastOfEach, 2 * i + 1));
    await feed.answer(2 * (from + 99) + 1);
  }
  feed.close();
}

async function residentMb(port: number): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  return Number(/^headgate_process_resident_memory_bytes (\S+)/m.exec(text)?.[1]) / 1_000_000;
}

async function recovery(start: (port: number, msg: ProcessSignal) => Promise<Server>): Promise<number> {
  const first = await start(0, "ready");
  const feed = await BareClient.welcomed(first.port);
  feed.send({ type: "open", id: 1, stream: "SPX", ...watching }, observeFrame("SPX", 0, 80, 2));
  await feed.answer(2);
  feed.send({ type: "subscribe", id: 3, topic: "regime.SPX" });
  const snapshot = await feed.frame(({ type }) => type === "snapshot");
  if (snapshot.type !== "snapshot") throw new Error("no snapshot");
  const since = { epoch: snapshot.epoch, offset: snapshot.offset - 1 };
  await first.stop();
  const back = async (port: number) => {
    for (;;) {
      const client = await BareClient.welcomed(port).catch(() => undefined);
      if (client === undefined) {
        // The gateway answers 503 until it is ready.
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 200));
        continue;
      }
      client.send({ type: "subscribe", id: 1, topic: "regime.SPX", since });
      const end = await client.frame(({ type }) => type === "snapshot");
      if (end.type !== "snapshot" || !end.recovered)
        throw new Error("a subscriber was told it missed something");
      return client;
    }
  };
  const waiting = await start(first.port, "listening");
  const started = performance.now();
  const clients = await openMany(subscribers, () => back(first.port));
  const took = performance.now() - started;
  for (const client of clients) client.close();
  await waiting.stop();
  return took;
}
