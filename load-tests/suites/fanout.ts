/**
 * One event to 10,000 subscribers, from the observation that brings it to the last socket that has it: computed,
 * written to disk, encoded and sent; against bare `ws` sending the same bytes in a loop. Several rounds of each.
 */
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startNode } from "../harness/child.js";
import { BareClient, observeFrame, openMany, watching } from "../harness/feed.js";
import { cost, median, type Row } from "../report.js";

const subscribers = 10_000;
const rounds = 9;

export async function fanout(say: (line: string) => void): Promise<Row[]> {
  const folder = await mkdtemp(join(tmpdir(), "headgate-fanout-"));
  await mkdir(join(folder, "models"));
  const flags = ["--port", "0", "--models", join(folder, "models"), "--data", join(folder, "data")];
  const gateway = await startNode("gateway/main.js", flags, "ready");
  const bare = await startNode("load-tests/peers/ws-fanout.js", []);
  try {
    const feed = await BareClient.welcomed(gateway.port);
    feed.send({ type: "open", id: 1, stream: "SPX", ...watching }, observeFrame("SPX", 0, 60, 2));
    await feed.answer(2);
    say(`  opening ${subscribers} subscribers, then as many bare sockets; ulimit -n must be above that`);
    const ours = await openMany(subscribers, async () => {
      const client = await BareClient.welcomed(gateway.port);
      client.send({ type: "subscribe", id: 1, topic: "regime.SPX" });
      await client.frame(({ type }) => type === "snapshot");
      return client;
    });
    let bytes: Uint8Array = new Uint8Array(0);
    ours[0]?.socket.on("message", (message: Buffer) => {
      bytes = message;
    });
    // Two days are one change; the second of them brings none.
    const mine = await repeated(ours, (round) => feed.send(observeFrame("SPX", 60 + 2 * round, 2)));
    const sender = await BareClient.open(bare.port);
    const theirs = await openMany(subscribers, () => BareClient.open(bare.port));
    const peer = await repeated(theirs, () => sender.socket.send(bytes));
    say(`  an event is ${bytes.length} bytes`);
    const name = `one event to ${subscribers.toLocaleString("en-US")} subscribers, from its observation to the last`;
    return [cost(name, "ms", median(mine), "bare ws send loop of its bytes", median(peer))];
  } finally {
    await Promise.all([gateway.stop(), bare.stop()]);
    await rm(folder, { recursive: true, force: true });
  }
}

/** Milliseconds of each round, but for the first two; the sockets end with the last. */
async function repeated(clients: readonly BareClient[], send: (round: number) => void): Promise<number[]> {
  const took: number[] = [];
  for (let round = 0; round < rounds; round++) took.push(await reach(clients, () => send(round)));
  for (const client of clients) client.close();
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  return took.slice(2);
}

/** Milliseconds until each client has a message. */
function reach(clients: readonly BareClient[], send: () => void): Promise<number> {
  return new Promise((resolve) => {
    let left = clients.length;
    const started = performance.now();
    const heard = () => {
      if (--left === 0) resolve(performance.now() - started);
    };
    for (const { socket } of clients) socket.once("message", heard);
    send();
  });
}
