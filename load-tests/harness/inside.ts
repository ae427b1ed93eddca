/**
 * A probe that is preloaded into a measured server (`node --import`). It does what no client can ask for: it reports
 * the memory in use after a garbage collection, and ends one of the engine's threads as a crash would. The server has
 * no code for it. Worker threads inherit the preload and announce their lane, because nothing else tells an engine's
 * thread from the journal's.
 */
import { BroadcastChannel, isMainThread, threadId, type Worker, workerData } from "node:worker_threads";

export interface ProcessMemory {
  readonly rssMb: number;
  readonly heapMb: number;
  /** Memory outside the JavaScript heap, mostly buffers. */
  readonly externalMb: number;
}

/** The probe's questions, each with the type of its answer. */
export interface ProbeAnswers {
  readonly memory: ProcessMemory;
  /** The lane of the ended thread, `models` or `numerics`; null when there was no engine thread. */
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
  /** The running engine threads (thread id to lane), the oldest first. */
  const engines = new Map<number, string>();
  process.on("worker", (worker) => {
    const { threadId: thread } = worker; // Read now: after the worker's end the property is -1
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
    const [oldest] = engines; // The oldest thread is ended, so repeated questions end the threads in turn
    const [thread = -1, lane = null] = oldest ?? [];
    engines.delete(thread);
    const ended = workers.get(thread)?.terminate() ?? Promise.resolve();
    return void ended.then(() => process.send?.({ lane }));
  });
  process.channel?.unref(); // The channel must not keep the server alive
}

function memory(): ProcessMemory {
  // Memory that finalizers release is free only after the second collection.
  for (let i = 0; i < 2; i++) globalThis.gc?.();
  const { rss, heapUsed, external } = process.memoryUsage();
  const mb = (bytes: number) => bytes / 1024 / 1024;
  return { rssMb: mb(rss), heapMb: mb(heapUsed), externalMb: mb(external) };
}
