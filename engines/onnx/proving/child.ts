/**
 * The program of a proving process. Native code cannot be interrupted from inside its process, so it runs in a
 * process that may be killed. The process ends itself when it takes too much memory, and when its parent has ended,
 * even by SIGKILL.
 */
import { writeFileSync } from "node:fs";
import { setPriority } from "node:os";
import { Worker } from "node:worker_threads";
import type { ProvingProcessSetup, ProvingReply, ProvingRequest, ProvingThreadSetup } from "./messages.js";

/** Milliseconds between two checks of the memory: at a few GB a second, some ten MB are allocated between them. */
const lookMs = 10;

/** Bytes that the process and ONNX Runtime take themselves; they are not counted as a version's. */
const ownBytes = 64 * 1_048_576;

/** SIGKILL ends the process immediately, even while the other thread is in native code. */
const end = () => process.kill(process.pid, "SIGKILL");

process.on("disconnect", end);
if (!process.connected) end();

const { memoryBytes, nice, limits } = JSON.parse(process.argv[2] ?? "") as ProvingProcessSetup;
yieldToOthers();

const peak = new SharedArrayBuffer(4);
const peakKib = new Int32Array(peak);
const thread = new Worker(new URL("./thread.js", import.meta.url), {
  workerData: { peak, limits } satisfies ProvingThreadSetup,
});
const began = process.memoryUsage.rss();

thread.on("message", (message: ProvingReply) => process.send?.(message));
thread.on("error", (error) => {
  console.error(error);
  end();
});
process.on("message", (message: ProvingRequest) => thread.postMessage(message));
setInterval(look, lookMs);

function look(): void {
  const resident = process.memoryUsage.rss();
  if (resident / 1_024 > Atomics.load(peakKib, 0)) Atomics.store(peakKib, 0, Math.ceil(resident / 1_024));
  const bytes = resident - began - ownBytes;
  if (bytes <= memoryBytes) return;
  process.send?.({ kind: "over", bytes } satisfies ProvingReply, end);
  setTimeout(end, 10 * lookMs);
}

/**
 * Where memory runs out, the system kills this process first; a proof that runs beside requests gets a lower priority.
 */
function yieldToOthers(): void {
  if (process.platform !== "linux") return;
  try {
    writeFileSync("/proc/self/oom_score_adj", "1000");
    if (nice > 0) setPriority(nice);
  } catch {} // some containers forbid both settings
}
