/** Settings of V8's garbage collector for the gateway's process, in effect in all its threads. */
import { setFlagsFromString } from "node:v8";

/**
 * How much the heap may grow until the next full collection, as a share of what the last one left: the most that V8
 * chooses itself, for a process that is busy. V8 counts the memory of messages as heap, and where a process computes
 * seldom it lets the heap grow by a tenth only: then every second message of 12.8 MB began a full collection on the
 * thread that serves all connections, of 4 to 50 ms each. With this share one message in twenty did.
 */
const growthPercent = 300;

/** Must be called before the workers start. */
export function tuneGarbageCollection(): void {
  setFlagsFromString(`--heap-growing-percent=${growthPercent}`);
  // Young objects are collected by the thread itself. Little survives, 35 kB of a full megabyte, which it copies in
  // 0.6 ms; with helper threads it waited up to 7 ms until a busy machine had run them.
  setFlagsFromString("--no-parallel-scavenge");
}
