/**
 * Preloaded into a process that a harness or a test starts (`node --import`, see `held.ts`): it ends once the pipe that
 * is its standard input does, which is when whoever started it has gone, however that was ended. The product knows
 * nothing of it. What the process starts in turn has not the variable, and threads of it leave that to the main one.
 */
import { isMainThread } from "node:worker_threads";
import { heldVariable } from "./held.js";

if (isMainThread && process.env[heldVariable] !== undefined) {
  delete process.env[heldVariable];
  const end = () => process.kill(process.pid, "SIGKILL"); // nobody is left to hear of a drain
  const { stdin } = process;
  stdin.once("end", end).once("error", end).resume();
  if ("unref" in stdin) stdin.unref(); // it lives no longer for being held
}
