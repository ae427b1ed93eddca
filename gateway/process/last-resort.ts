/**
 * The end of a stop that does not end: a disk that hangs, a native computation that cannot be interrupted. A thread of
 * its own watches, for the main thread may be what hangs, and kills the process: an orderly exit would wait for all
 * threads.
 */
import { write } from "node:fs";
import { isMainThread, Worker, workerData } from "node:worker_threads";

/** Milliseconds that a stop may take after `drain.deadline_ms`: to close sockets, engines and files. */
export const stopGraceMs = 5_000;

/** Milliseconds for the last line of the log. The kill does not wait for it: nobody may be reading. */
const lastLineMs = 200;

interface Task {
  readonly killAfterMs: number;
}

/** From now on the process has so long to end by itself. */
export function endWithin(ms: number): void {
  const task: Task = { killAfterMs: ms };
  new Worker(new URL(import.meta.url), { workerData: { lastResort: task } }).unref();
}

function watch({ killAfterMs }: Task): void {
  setTimeout(() => {
    setTimeout(() => process.kill(process.pid, "SIGKILL"), lastLineMs);
    const msg = "the stop did not end in time: the process kills itself";
    const line = { level: "fatal", time: new Date().toISOString(), after_ms: killAfterMs, msg };
    write(1, `${JSON.stringify(line)}\n`, () => {});
  }, killAfterMs);
}

if (!isMainThread && workerData?.lastResort !== undefined) watch(workerData.lastResort);
