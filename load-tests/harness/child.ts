/**
 * Runs a server in a process of its own: starts it, reads its output until it prints its port, and ends it by process
 * id.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { heldArguments, heldEnvironment } from "./held.js";
import type { ProbeAnswers, ProbeQuestion } from "./inside.js";
import { inRepository } from "./places.js";

export interface Server {
  readonly port: number;
  /** Its process; of a program that is not Node's, the process that holds it. */
  readonly pid: number;
  stop(): Promise<void>;
  /** Ends the process at once with SIGKILL, as a crash does; resolves when it has ended. */
  kill(): Promise<void>;
  /**
   * Sends a question to the probe (`inside.ts`) that is preloaded into the process.
   * @throws Error when the process was not started with `inside`
   */
  inside<Q extends ProbeQuestion>(question: Q): Promise<ProbeAnswers[Q]>;
}

export interface StartOptions {
  /**
   * The `msg` of the JSON log line that means the server is ready; absent: it is ready when it has printed its port.
   */
  readonly readyMsg?: string;
  /** Preloads `inside.ts` into the process. */
  readonly inside?: boolean;
  /**
   * For a program that starts processes of its own and does not end them: it runs as a process group, and the whole
   * group is ended.
   */
  readonly group?: boolean;
  /** Milliseconds in which the server must be ready. Default 30,000. */
  readonly startMs?: number;
}

/**
 * The running servers. They are sent a signal when this process exits; when this process is killed, the pipe that is
 * their standard input ends and they end themselves.
 */
const running = new Set<ChildProcess>();
const groups = new WeakSet<ChildProcess>();
process.once("exit", () => {
  for (const child of running) signalAll(child, "SIGTERM");
});

/**
 * Starts a built program that prints a JSON line with its `port` and, when `readyMsg` is given, a later line with
 * that `msg`.
 */
export function startNode(
  program: string,
  args: readonly string[],
  options: StartOptions = {},
): Promise<Server> {
  const preload = [
    "--expose-gc",
    "--import",
    pathToFileURL(inRepository("dist/load-tests/harness/inside.js")).href,
  ];
  const all = [
    ...heldArguments,
    ...(options.inside ? preload : []),
    inRepository(`dist/${program}`),
    ...args,
  ];
  return started(process.execPath, all, options);
}

/** Starts any other program that prints its port in the same way. */
export function start(command: string, args: readonly string[], options: StartOptions = {}): Promise<Server> {
  const hold = inRepository("dist/load-tests/harness/hold.js");
  return started(process.execPath, [hold, options.group ? "group" : "single", command, ...args], options);
}

/** The server's standard input is a pipe: when it ends, the server notices that this process has gone. */
async function started(
  command: string,
  args: readonly string[],
  { readyMsg, inside, group = false, startMs = 30_000 }: StartOptions = {},
): Promise<Server> {
  const child = spawn(command, args, {
    detached: group,
    env: { ...process.env, ...heldEnvironment },
    stdio: ["pipe", "pipe", "inherit", ...(inside ? ["ipc" as const] : [])],
  });
  running.add(child);
  if (group) groups.add(child);
  child.once("exit", () => running.delete(child));
  const port = await portOf(child, readyMsg, startMs).catch(async (error: unknown) => {
    await stop(child);
    throw error;
  });
  const kill = () => ended(child, "SIGKILL");
  return {
    port,
    pid: child.pid ?? 0,
    kill,
    stop: () => stop(child),
    inside: (question) => askInside(child, question),
  };
}

async function askInside<Q extends ProbeQuestion>(
  child: ChildProcess,
  question: Q,
): Promise<ProbeAnswers[Q]> {
  if (!child.connected) throw new Error("nothing is preloaded into this server");
  const answer = once(child, "message");
  const ended = once(child, "exit").then(([code]) =>
    Promise.reject(new Error(`the server ended with ${code}`)),
  );
  child.send(question);
  return (await Promise.race([answer, ended]))[0] as ProbeAnswers[Q];
}

function portOf(child: ChildProcess, readyMsg: string | undefined, startMs: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`not ready within ${startMs} ms`)), startMs);
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`the server ended with ${code}`)));
    let port: number | undefined;
    createInterface({ input: child.stdout as NodeJS.ReadableStream }).on("line", (line) => {
      const said = parse(line);
      port ??= said.port;
      if (port === undefined || (readyMsg !== undefined && said.msg !== readyMsg)) return;
      clearTimeout(timer);
      resolve(port);
    });
  });
}

function parse(line: string): { readonly port?: number; readonly msg?: string } {
  try {
    return JSON.parse(line) as { port?: number; msg?: string };
  } catch {
    return {};
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.pid === undefined) return; // The process could not be started
  const hard = setTimeout(() => signalAll(child, "SIGKILL"), 5_000);
  await ended(child, "SIGTERM");
  clearTimeout(hard);
  signalAll(child, "SIGKILL");
}

/** Signals a server that has not ended yet; resolves when it has. */
async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = new Promise((resolve) => child.once("exit", resolve));
  signalAll(child, signal);
  await exit;
}

/** Signals the server and, for a process group, the processes it started. */
function signalAll(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined || !groups.has(child)) return void child.kill(signal);
  try {
    process.kill(-child.pid, signal);
  } catch {
    // All of them have ended already
  }
}
