/** A server in a process of its own: started, listened to until it says its port, ended by id. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { heldArguments, heldEnvironment } from "./held.js";
import type { ProbeAnswers, ProbeQuestion } from "./inside.js";
import { inRepository } from "./places.js";

export interface Server {
  readonly port: number;
  stop(): Promise<void>;
  /** Asks what is preloaded into it. @throws Error when it was not started with `inside` */
  inside<Q extends ProbeQuestion>(question: Q): Promise<ProbeAnswers[Q]>;
}

export interface StartOptions {
  /** The `msg` of the JSON line that says it is ready; absent: when it has said its port. */
  readonly readyMsg?: string;
  /** Preload `inside.ts`. */
  readonly inside?: boolean;
  /** It starts processes of its own and leaves them behind: they are ended with it, as a process group. */
  readonly group?: boolean;
  /** Milliseconds it has to become ready. Default 30,000. */
  readonly startMs?: number;
}

/** Servers that run: they are asked to end when this process does; when it is killed, the pipe they hold ends. */
const running = new Set<ChildProcess>();
const groups = new WeakSet<ChildProcess>();
process.once("exit", () => {
  for (const child of running) signalAll(child, "SIGTERM");
});

/** Starts a built program that prints a JSON line with its `port`, and perhaps later one with the `msg` it is ready. */
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

/** Starts any other program that does so. */
export function start(command: string, args: readonly string[], options: StartOptions = {}): Promise<Server> {
  const hold = inRepository("dist/load-tests/harness/hold.js");
  return started(process.execPath, [hold, options.group ? "group" : "single", command, ...args], options);
}

/** Its standard input is a pipe, by whose end it notices that this process has gone. */
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
  return { port, stop: () => stop(child), inside: (question) => askInside(child, question) };
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
  if (child.pid === undefined) return; // it could not be started
  if (child.exitCode === null && child.signalCode === null) {
    const ended = new Promise((resolve) => child.once("exit", resolve));
    signalAll(child, "SIGTERM");
    const hard = setTimeout(() => signalAll(child, "SIGKILL"), 5_000);
    await ended;
    clearTimeout(hard);
  }
  signalAll(child, "SIGKILL");
}

/** The server and what it started. */
function signalAll(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined || !groups.has(child)) return void child.kill(signal);
  try {
    process.kill(-child.pid, signal);
  } catch {
    // all of them have ended
  }
}
