/**
 * Starts a process so that it ends together with this one, even when this one is killed: the child's standard input
 * is a pipe that this process holds open.
 */
import { spawn } from "node:child_process";
import { pathToFileURL } from "node:url";
import { inRepository } from "./places.js";

export const heldVariable = "HEADGATE_HELD_BY_STDIN";

/** Arguments for Node, placed before the program. The child's standard input must be a pipe that nobody closes. */
export const heldArguments: readonly string[] = [
  "--import",
  pathToFileURL(inRepository("dist/load-tests/harness/end-with-parent.js")).href,
];

export const heldEnvironment: Readonly<Record<string, string>> = { [heldVariable]: "1" };

/** Starts one of our Node programs so that it ends together with this process. */
export function spawnHeld(
  args: readonly string[],
  { cwd, env = process.env }: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
) {
  return spawn(process.execPath, [...heldArguments, ...args], {
    ...(cwd !== undefined && { cwd }),
    env: { ...env, ...heldEnvironment },
    stdio: "pipe",
  });
}
