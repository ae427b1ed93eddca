/**
 * The end of a stop that does not end: a disk that hangs, a native computation that cannot be interrupted. A thread of
 * its own watches, for the main thread may be what hangs, and kills the process: an orderly exit would wait for all
 * threads. A process watches too: Node ends its threads first at an exit and waits then for reads of files, of which
 * one of a pipe or of a network disk may never end.
 */
import { spawn } from "node:child_process";
import { write } from "node:fs";
import { fileURLToPath } from "node:url";
import { isMainThread, Worker, workerData } from "node:worker_threads";

/** Milliseconds that a stop may take after `drain.deadline_ms`: to close sockets, engines and files. */
export const stopGraceMs = 5_000;

/** Milliseconds more that the process waits, for the thread to write the last line of the log. */
const wardenLaterMs = 500;

/** Milliseconds for the last line of the log. The kill does not wait for it: nobody may be reading. */
const lastLineMs = 200;

const wardenWord = "end-process";

interface KillRequest {
  readonly killAfterMs: number;
}

/** From now on the process has so long to end by itself. */
export function endWithin(ms: number): void {
  const task: KillRequest = { killAfterMs: ms };
  new Worker(new URL(import.meta.url), { workerData: { lastResort: task } }).unref();
  const words = [fileURLToPath(import.meta.url), wardenWord, String(process.pid), String(ms + wardenLaterMs)];
  const warden = spawn(process.execPath, words, { stdio: ["pipe", "ignore", "ignore"] });
  warden.on("error", () => {}); // no process can be had: then the thread has to do
  warden.unref();
}

/** The pipe to it closes when the gateway has ended: it ends too, before another process can have that number. */
function guard(pid: number, ms: number): void {
  process.stdin.resume().on("close", () => process.exit());
  setTimeout(() => process.kill(pid, "SIGKILL"), ms);
}

function watch({ killAfterMs }: KillRequest): void {
  setTimeout(() => {
    setTimeout(() => process.kill(process.pid, "SIGKILL"), lastLineMs);
    const msg = "the stop did not end in time: the process kills itself";
    const line = { level: "fatal", time: new Date().toISOString(), after_ms: killAfterMs, msg };
    write(1, `${JSON.stringify(line)}\n`, () => {});
  }, killAfterMs);
}

if (!isMainThread && workerData?.lastResort !== undefined) watch(workerData.lastResort);
if (isMainThread && process.argv[2] === wardenWord) guard(Number(process.argv[3]), Number(process.argv[4]));
