/** Runs a program to its end and hands over each line that it writes. */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

export interface LinesRun {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly onLine: (line: string) => void;
  /** Ends the program and what it started. */
  readonly signal: AbortSignal;
}

/**
 * The shell becomes the program, and leaves a process in the group that waits for the end of descriptor 3. This process
 * holds the other end: where it is killed the whole group is, too, so that no pip goes on by itself.
 */
const guarded = '(read -r _ <&3; kill -s KILL -- -$$) </dev/null >/dev/null 2>&1 & exec 3<&-; exec "$0" "$@"';

/**
 * @returns its exit code
 * @throws Error where it does not start, or a signal ended it
 */
export async function runLines({ command, args, env, onLine, signal }: LinesRun): Promise<number> {
  signal.throwIfAborted();
  // A process group of its own, so that what it started can be ended with it.
  const stdio = ["ignore", "pipe", "pipe", "pipe"] as const;
  const child = spawn("/bin/sh", ["-c", guarded, command, ...args], {
    env,
    detached: true,
    stdio: [...stdio],
  });
  const end = () => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
    } catch {
      // It has ended already.
    }
  };
  signal.addEventListener("abort", end, { once: true });
  for (const stream of [child.stdout, child.stderr])
    if (stream !== null)
      createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }).on("line", onLine);
  try {
    return await new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("exit", end); // what is left of the group holds the pipes open
      child.once("close", (code, ended) => {
        if (code !== null) resolve(code);
        else reject(new Error(`${command} was ended by ${ended ?? "a signal"}`));
      });
    });
  } finally {
    signal.removeEventListener("abort", end);
    signal.throwIfAborted();
  }
}
