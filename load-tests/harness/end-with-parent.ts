/**
 * Preloaded into a process that a harness or a test starts (`node --import`, see `held.ts`). It ends the process when
 * the pipe that is its standard input ends, which happens when the parent has gone, however the parent was ended. The
 * gateway has no code for this. Child processes do not inherit the environment variable, and worker threads leave the
 * work to the main thread.
 */
import { isMainThread } from "node:worker_threads";
import { heldVariable } from "./held.js";

if (isMainThread && process.env[heldVariable] !== undefined) {
  delete process.env[heldVariable];
  const end = () => process.kill(process.pid, "SIGKILL"); // Nobody is left who could wait for an orderly stop
  const { stdin } = process;
  stdin.once("end", end).once("error", end).resume();
  if ("unref" in stdin) stdin.unref(); // The pipe must not keep the process alive
}
