/** A server in a process of its own: started, listened to until it says its port, ended by id. */
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { inRepository } from "./places.js";

export interface Server {
  readonly port: number;
  stop(): Promise<void>;
}

/** Milliseconds a server has to say its port. */
const startMs = 30_000;

/** Starts a built program that prints a JSON line with its `port`, and perhaps later one with the `msg` it is ready. */
export function startNode(program: string, args: readonly string[], readyMsg?: string): Promise<Server> {
  return start(process.execPath, [inRepository(`dist/${program}`), ...args], readyMsg);
}

export async function start(command: string, args: readonly string[], readyMsg?: string): Promise<Server> {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "inherit"] });
  const port = await portOf(child, readyMsg).catch(async (error: unknown) => {
    await stop(child);
    throw error;
  });
  return { port, stop: () => stop(child) };
}

function portOf(child: ChildProcess, readyMsg: string | undefined): Promise<number> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no port within ${startMs} ms`)), startMs);
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
  if (child.exitCode !== null) return;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  const hard = setTimeout(() => child.kill("SIGKILL"), 5_000);
  await ended;
  clearTimeout(hard);
}
