/**
 * Preloaded into a server that is measured (`node --import`), this does what no client can ask of it: tells its
 * memory once the garbage is gone, and ends one of its engine's threads as a crash would. The server knows nothing
 * of it. Threads inherit it, and tell there what they are, for nothing else tells an engine's from the journal's.
 */
import { BroadcastChannel, isMainThread, threadId, type Worker, workerData } from "node:worker_threads";

export interface ProcessMemory {
  readonly rssMb: number;
  readonly heapMb: number;
  /** Of buffers and the like. */
  readonly externalMb: number;
}

/** What may be asked, and what is answered. */
export interface ProbeAnswers {
  readonly memory: ProcessMemory;
  /** What the thread was for, `models` or `numerics`; null where there is none. */
  readonly "end a worker": { readonly lane: string | null };
}

export type ProbeQuestion = keyof ProbeAnswers;

interface WorkerThreadLabel {
  readonly thread: number;
  readonly lane: string;
}

const channel = new BroadcastChannel("headgate bench");
if (isMainThread) serve();
else introduce();

function introduce(): void {
  const { lane } = (workerData ?? {}) as { readonly lane?: unknown };
  if (typeof lane === "string") channel.postMessage({ thread: threadId, lane } satisfies WorkerThreadLabel);
  channel.close();
}

function serve(): void {
  const workers = new Map<number, Worker>();
  /** The engine's threads that live, the one that lives longest first. */
  const engines = new Map<number, string>();
  process.on("worker", (worker) => {
    const { threadId: thread } = worker; // it has none any more once it has ended
    workers.set(thread, worker);
    worker.once("exit", () => {
      workers.delete(thread);
      engines.delete(thread);
    });
  });
  channel.onmessage = (message) => {
    const { thread, lane } = (message as { readonly data: WorkerThreadLabel }).data;
    if (workers.has(thread)) engines.set(thread, lane);
  };
  channel.unref();
  process.on("message", (question: ProbeQuestion) => {
    if (question === "memory") return process.send?.(memory());
    const [oldest] = engines; // asked again and again, it is each one's turn
    const [thread = -1, lane = null] = oldest ?? [];
    engines.delete(thread);
    const ended = workers.get(thread)?.terminate() ?? Promise.resolve();
    return void ended.then(() => process.send?.({ lane }));
  });
  process.channel?.unref(); // it lives no longer than its server
}

function memory(): ProcessMemory {
  for (let i = 0; i < 2; i++) globalThis.gc?.(); // what a finalizer lets go is gone after the second
  const { rss, heapUsed, external } = process.memoryUsage();
  const mb = (bytes: number) => bytes / 1024 / 1024;
  return { rssMb: mb(rss), heapMb: mb(heapUsed), externalMb: mb(external) };
}
