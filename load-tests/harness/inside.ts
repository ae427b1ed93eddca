/**
 * Preloaded into a server that is measured (`node --import`), this does what no client can ask of it: tells its
 * memory once the garbage is gone, and ends one of its worker threads as a crash would. The server knows nothing of it.
 */
import type { Worker } from "node:worker_threads";

/** What may be asked, and what is answered. */
export interface Answers {
  readonly memory: Memory;
  /** Whether there was one. */
  readonly "end a worker": { readonly ended: boolean };
}

export type Question = keyof Answers;

export interface Memory {
  readonly rssMb: number;
  readonly heapMb: number;
  /** Of buffers and the like. */
  readonly externalMb: number;
}

/** Worker threads that live, the one that lives longest first. */
const workers = new Set<Worker>();

process.on("worker", (worker) => {
  workers.add(worker);
  worker.once("exit", () => workers.delete(worker));
});

process.on("message", (question: Question) => {
  if (question === "memory") process.send?.(memory());
  else void endWorker().then((ended) => process.send?.({ ended }));
});
process.channel?.unref(); // it lives no longer than its server

function memory(): Memory {
  for (let i = 0; i < 2; i++) globalThis.gc?.(); // what a finalizer lets go is gone after the second
  const { rss, heapUsed, external } = process.memoryUsage();
  const mb = (bytes: number) => bytes / 1024 / 1024;
  return { rssMb: mb(rss), heapMb: mb(heapUsed), externalMb: mb(external) };
}

/** The one that lives longest: asked again and again, it is each one's turn. */
async function endWorker(): Promise<boolean> {
  const [oldest] = workers;
  if (oldest === undefined) return false;
  workers.delete(oldest);
  await oldest.terminate();
  return true;
}
