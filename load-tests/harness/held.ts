/** How a process is started so that it ends with this one, even when this one is killed: its standard input is held. */
import { spawn } from "node:child_process";
import { pathToFileURL } from "node:url";
import { inRepository } from "./places.js";

export const heldVariable = "HEADGATE_HELD_BY_STDIN";

/** For Node, before its program. The process's standard input must be a pipe that nobody closes. */
export const heldArguments: readonly string[] = [
  "--import",
  pathToFileURL(inRepository("dist/load-tests/harness/end-with-parent.js")).href,
];

export const heldEnvironment: Readonly<Record<string, string>> = { [heldVariable]: "1" };

/** A program of ours in Node that ends with this process. */
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
