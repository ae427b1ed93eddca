/**
 * Sends one event to 10,000 subscribers and measures the time from the observation that causes it to the arrival at
 * the last socket: compute, write to disk, encode and send. The peer is bare `ws` sending the same bytes in a loop.
 * The sides are measured in turn, several rounds.
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { startNode } from "../harness/child.js";
import { startGateway } from "../harness/gateway.js";
import { cost, median, type ReportRow } from "../report.js";

const subscribers = 10_000;
const rounds = 13;
const warmup = 2;

const program = fileURLToPath(new URL("../harness/fan-receivers.js", import.meta.url));

export async function fanout(say: (line: string) => void): Promise<ReportRow[]> {
  const gateway = await startGateway({ models: null });
  const bare = await startNode("load-tests/peers/ws-fanout.js", []);
  const children: ChildProcess[] = [];
  try {
    say(`  opening ${subscribers} subscribers, and as many bare sockets; ulimit -n must be above that`);
    const ours = await receivers("gateway", gateway.port, children);
    const theirs = await receivers("bare", bare.port, children);
    const [mine, peer]: [number[], number[]] = [[], []];
    let bytes = "";
    for (let round = 0; round < rounds; round++) {
      const told = await reach(ours, bytes);
      bytes = told.bytes;
      mine.push(told.ms);
      peer.push((await reach(theirs, bytes)).ms);
    }
    say(`  an event is ${Buffer.from(bytes, "base64").length} bytes`);
    const name = `one event to ${subscribers.toLocaleString("en-US")} subscribers, from its observation to the last`;
    const [value, against] = [median(mine.slice(warmup)), median(peer.slice(warmup))];
    return [cost(name, "ms", value, "bare ws send loop of its bytes", against)];
  } finally {
    for (const child of children) child.kill();
    await Promise.all([gateway.stop(), bare.stop()]);
  }
}

async function receivers(side: string, port: number, children: ChildProcess[]): Promise<ChildProcess> {
  const child = fork(program, [side, String(port), String(subscribers)]);
  children.push(child);
  const failed = once(child, "exit").then(([code]) =>
    Promise.reject(new Error(`the receivers ended with ${code}`)),
  );
  failed.catch(() => undefined);
  await Promise.race([once(child, "message"), failed]);
  return child;
}

async function reach(
  child: ChildProcess,
  bytes: string,
): Promise<{ readonly ms: number; readonly bytes: string }> {
  const told = once(child, "message");
  child.send(bytes);
  const [answer] = (await told) as [{ ms: number; bytes: string }];
  return answer;
}
