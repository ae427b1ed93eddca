/** The built gateway in a process of its own, and what can be seen of it: its log, its memory and its open files. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { heldArguments, heldEnvironment } from "../../load-tests/harness/held.js";
import type { ProcessMemory } from "../../load-tests/harness/inside.js";
import { inRepository } from "../../load-tests/harness/places.js";
import { authAt } from "./credentials.js";
import { keySet } from "./issuer-tokens.js";

export interface GatewayMemory {
  readonly heapMb: number;
  /** What the process itself holds. Pages of the journal's file, which the system may drop, are not counted. */
  readonly ownMb: number;
  /** Resident pages of files: the journal's grow with what was written. */
  readonly fileMb: number;
}

export interface AttackedGateway {
  readonly pid: number;
  readonly port: number;
  /** The lines of level error or fatal, and whatever was written to standard error. */
  readonly badLines: readonly string[];
  /** Whether the process that was started still runs. */
  readonly alive: boolean;
  /** Memory in use after a garbage collection, in MB. */
  memory(): Promise<GatewayMemory>;
  /** Open file descriptors. */
  descriptors(): Promise<number>;
  /** Sends SIGTERM; the exit status once it has ended, null when a signal ended it. */
  stop(): Promise<number | null>;
}

const readyMs = 120_000;
const drainMs = 60_000;

export async function startAttackedGateway(): Promise<AttackedGateway> {
  const folder = await mkdtemp(join(tmpdir(), "headgate-fuzz-"));
  const keys = join(folder, "jwks.json");
  await writeFile(keys, keySet);
  const config = { auth: authAt(Date.now(), keys) };
  const file = join(folder, "config.json");
  await writeFile(file, JSON.stringify({ log_level: "info", ...config }));
  const flags = ["--port", "0", "--models", inRepository("models"), "--config", file];
  const probe = pathToFileURL(inRepository("dist/load-tests/harness/inside.js")).href;
  const child = spawn(
    process.execPath,
    [
      ...heldArguments,
      ...["--expose-gc", "--import", probe],
      inRepository("dist/gateway/main.js"),
      ...flags,
      ...["--data", join(folder, "data")],
    ],
    { env: { ...process.env, ...heldEnvironment }, stdio: ["pipe", "pipe", "pipe", "ipc"] },
  );
  const badLines: string[] = [];
  child.stderr?.setEncoding("utf8").on("data", (text: string) => badLines.push(text));
  const port = await readyPort(child, badLines);
  return {
    pid: child.pid ?? 0,
    port,
    badLines,
    get alive() {
      return child.exitCode === null && child.signalCode === null;
    },
    async memory() {
      const answer = once(child, "message");
      child.send("memory");
      const { heapMb } = (await answer)[0] as ProcessMemory;
      const status = await readFile(`/proc/${child.pid}/status`, "utf8");
      const mb = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1]) / 1024;
      return { heapMb, ownMb: mb("RssAnon"), fileMb: mb("RssFile") };
    },
    descriptors: async () => (await readdir(`/proc/${child.pid}/fd`)).length,
    async stop() {
      const status = await stopped(child);
      await rm(folder, { recursive: true, force: true });
      return status;
    },
  };
}

function readyPort(child: ChildProcess, badLines: string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const fail = (why: string) => reject(new Error(`the gateway ${why}: ${badLines.join("").slice(-2_000)}`));
    const late = setTimeout(() => fail("was not ready in time"), readyMs);
    child.once("exit", (code) => fail(`ended with ${code}`));
    let port = 0;
    if (child.stdout === null) return fail("has no output");
    createInterface({ input: child.stdout }).on("line", (line) => {
      const { level, msg, port: told } = entryOf(line);
      if (msg === "listening") port = told ?? 0;
      if (level === "error" || level === "fatal" || level === undefined) badLines.push(`${line}\n`);
      if (msg !== "ready") return;
      clearTimeout(late);
      resolve(port);
    });
  });
}

interface LogEntry {
  readonly level?: string;
  readonly msg?: string;
  readonly port?: number;
}

/** A line of the log. One that is no JSON has no level, and counts as bad. */
function entryOf(line: string): LogEntry {
  try {
    return JSON.parse(line) as LogEntry;
  } catch {
    return {};
  }
}

async function stopped(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const exit = once(child, "exit");
  child.kill("SIGTERM");
  const hard = setTimeout(() => child.kill("SIGKILL"), drainMs);
  const [status] = await exit;
  clearTimeout(hard);
  return status as number | null;
}
