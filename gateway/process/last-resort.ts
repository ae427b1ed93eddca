/**
 * Ends the process when its orderly stop does not end, for example because a disk hangs or a native computation
 * cannot be interrupted. A separate thread sends SIGKILL, because the main thread may be blocked, and an orderly exit
 * would wait for all threads. A separate process does the same a little later: at an exit Node ends the threads first
 * and then waits for file reads, and a read of a pipe or of a network disk may never end.
 */
import { spawn } from "node:child_process";
import { write } from "node:fs";
import { fileURLToPath } from "node:url";
import { isMainThread, Worker, workerData } from "node:worker_threads";

/** Milliseconds that a stop may take beyond `drain.deadline_ms`, to close sockets, engines and files. */
export const stopGraceMs = 5_000;

/** Additional milliseconds that the separate process waits, so that the thread can write the last line of the log. */
const watchdogDelayMs = 500;

/**
 * Milliseconds for writing the last line of the log. The kill does not wait for the write, because the log may have
 * no reader.
 */
const lastLineMs = 200;

const watchdogArgument = "end-process";

interface KillRequest {
  readonly killAfterMs: number;
}

/** Kills the process if it has not ended by itself after `ms` milliseconds. */
export function endWithin(ms: number): void {
  const task: KillRequest = { killAfterMs: ms };
  new Worker(new URL(import.meta.url), { workerData: { lastResort: task } }).unref();
  const words = [
    fileURLToPath(import.meta.url),
    watchdogArgument,
    String(process.pid),
    String(ms + watchdogDelayMs),
  ];
  const watchdog = spawn(process.execPath, words, { stdio: ["pipe", "ignore", "ignore"] });
  watchdog.on("error", () => {}); // if no process can be started, the thread has to suffice
  watchdog.unref();
}

/**
 * The standard input of this process is a pipe that closes when the gateway ends. This process then exits too, before
 * the gateway's process id can be given to another process.
 */
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
if (isMainThread && process.argv[2] === watchdogArgument)
  guard(Number(process.argv[3]), Number(process.argv[4]));
