/**
 * The cost of 10,000 sockets that send only a hello, compared with as many on bare `ws`: the server's resident memory
 * with them minus without them, after a garbage collection, and after every socket was pinged at least once.
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { type Server, startNode } from "../harness/child.js";
import { startGateway } from "../harness/gateway.js";
import type { ProcessMemory } from "../harness/inside.js";
import { inRepository } from "../harness/places.js";
import { cost, type ReportRow } from "../report.js";

const wanted = 10_000;
/** The number of sockets for one client process: each needs a descriptor there, and another at the server. */
const ofProcess = 2_500;
/** The number of descriptors that a server needs besides its sockets. */
const spare = 200;
/** Milliseconds to wait; longer than the gateway's time between two pings. */
const settleMs = 12_000;

export async function idle(say: (line: string) => void): Promise<ReportRow[]> {
  const count = Math.min(wanted, descriptors() - spare);
  if (count < wanted) say(`  ulimit -n is ${descriptors()}: ${count} sockets instead of ${wanted}`);
  const gateway = await startGateway({ models: null, inside: true });
  const bare = await startNode("load-tests/peers/ws-echo.js", [], { inside: true });
  try {
    const ours = await held("gateway", gateway, count, say);
    const theirs = await held("bare", bare, count, say);
    const name = (what: string) => `${what} of an idle socket, of ${count.toLocaleString("en-US")}`;
    return [
      cost(name("resident memory"), "KiB", ours.rss, "bare ws", theirs.rss),
      cost(name("heap"), "KiB", ours.heap, "bare ws", theirs.heap),
    ];
  } finally {
    await Promise.all([gateway.stop(), bare.stop()]);
  }
}

/** The KiB that each socket costs. */
async function held(side: "gateway" | "bare", server: Server, count: number, say: (line: string) => void) {
  await pause(2_000); // Lets the garbage of the server's start be collected
  const before = await server.inside("memory");
  const children: ChildProcess[] = [];
  try {
    for (let left = count; left > 0; left -= ofProcess)
      children.push(await sockets(side, server.port, Math.min(ofProcess, left)));
    await pause(settleMs);
    const after = await server.inside("memory");
    say(`  ${side}: ${told(before)} without, ${told(after)} with ${count} sockets`);
    const each = (of: keyof ProcessMemory) => ((after[of] - before[of]) * 1024) / count;
    return { rss: each("rssMb"), heap: each("heapMb") };
  } finally {
    for (const child of children) child.kill();
  }
}

async function sockets(side: string, port: number, count: number): Promise<ChildProcess> {
  const program = inRepository("dist/load-tests/harness/idle-sockets.js");
  const child = fork(program, [side, String(port), String(count)]);
  const failed = once(child, "exit").then(([code]) =>
    Promise.reject(new Error(`the sockets ended with ${code}`)),
  );
  failed.catch(() => undefined);
  await Promise.race([once(child, "message"), failed]);
  return child;
}

/** The number of files that a process may open here; unlimited when the system does not say. */
function descriptors(): number {
  const { userLimits } = process.report.getReport() as { userLimits?: { open_files?: { soft: unknown } } };
  const soft = userLimits?.open_files?.soft;
  return typeof soft === "number" ? soft : Number.POSITIVE_INFINITY;
}

const told = ({ rssMb, heapMb }: ProcessMemory) => `${rssMb.toFixed(0)} MB (${heapMb.toFixed(1)} MB heap)`;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
