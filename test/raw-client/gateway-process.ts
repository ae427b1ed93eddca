// The built gateway as a child process, with a data folder of its own.

import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { heldArguments, heldEnvironment } from "../../load-tests/harness/held.js";
import { type Frame, isMap } from "./tables.js";

const root = fileURLToPath(new URL("../../", import.meta.url));
const program = fileURLToPath(new URL("../../dist/gateway/main.js", import.meta.url));

/** Far more than it takes, on a machine that is busy with other tests too. */
const READY_WITHIN_MS = 60_000;
const DRAINED_WITHIN_MS = 40_000;

type Child = ChildProcessWithoutNullStreams;

export interface GatewayProcess {
  port: number;
  /** Sends SIGTERM: the gateway drains. Gives its exit status when it has ended; null when it had to be killed. */
  drain(): Promise<number | null>;
  /** Its exit status once it ends, by itself too; null when a signal ended it. */
  readonly ended: Promise<number | null>;
  /** Ends it at once, as a crash would; its data folder stays. */
  kill(): Promise<void>;
  /** Ends it and removes its data folder. */
  dispose(): Promise<void>;
}

export async function newDataFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), "headgate-raw-client-"));
}

export interface ProcessOptions {
  /** 0: any that is free. */
  readonly port?: number;
  readonly models?: string;
  readonly config?: string;
  /** Runs it under something else: a limit, say. */
  readonly under?: readonly string[];
}

export async function startGateway(
  data?: string,
  { port = 0, models = "models", config, under = [] }: ProcessOptions = {},
): Promise<GatewayProcess> {
  if (!existsSync(program)) throw new Error("the gateway is not built: run npm run build");
  const folder = data ?? (await newDataFolder());
  const [command = "", ...parameters] = [
    ...under,
    process.execPath,
    ...heldArguments,
    program,
    ...["--port", String(port), "--models", models, "--data", folder],
    ...(config === undefined ? [] : ["--config", config]),
  ];
  const child: Child = spawn(command, parameters, {
    cwd: root,
    env: { ...process.env, ...heldEnvironment },
    stdio: ["pipe", "pipe", "pipe"],
  });
  const orphaned = () => child.kill("SIGKILL");
  process.once("exit", orphaned);
  // "close" comes once its output is read to the end, and after an "error" too, when it could not be started.
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  void ended.then(() => process.off("exit", orphaned));

  const kill = async (): Promise<void> => {
    child.kill("SIGKILL"); // does nothing once it has ended
    await ended;
  };
  const dispose = async (): Promise<void> => {
    await kill();
    await rm(folder, { recursive: true, force: true });
  };
  const drain = async (): Promise<number | null> => {
    child.kill("SIGTERM");
    const late = setTimeout(() => child.kill("SIGKILL"), DRAINED_WITHIN_MS);
    return ended.finally(() => clearTimeout(late));
  };
  try {
    return { port: await readyPort(child, ended), drain, ended, kill, dispose };
  } catch (error) {
    await (data === undefined ? dispose() : kill());
    throw error;
  }
}

/** The port, once the models are loaded. Its output is read to its end, or the gateway would wait for us. */
function readyPort(child: Child, ended: Promise<number | null>): Promise<number> {
  let said = "";
  const keep = (text: string): void => {
    said = `${said}${text}\n`.slice(-4_000);
  };
  child.stderr.setEncoding("utf8").on("data", keep);
  return new Promise((resolve, reject) => {
    const fail = (what: string): void => reject(new Error(`the gateway ${what}; it said:\n${said}`));
    const late = setTimeout(() => fail(`was not ready within ${READY_WITHIN_MS} ms`), READY_WITHIN_MS);
    child.once("error", (error) => fail(`could not be run: ${error.message}`));
    void ended.then((code) => {
      clearTimeout(late);
      fail(`ended with ${code ?? child.signalCode} before it was ready`);
    });
    let port = 0;
    createInterface({ input: child.stdout }).on("line", (line) => {
      keep(line);
      const entry = entryOf(line);
      if (entry["msg"] === "listening") port = Number(entry["port"]);
      if (entry["msg"] !== "ready") return;
      clearTimeout(late);
      resolve(port);
    });
  });
}

/** A line of the log; a line that is none has nothing to say here. */
function entryOf(line: string): Frame {
  try {
    const entry: unknown = JSON.parse(line);
    return isMap(entry) ? entry : {};
  } catch {
    return {};
  }
}
