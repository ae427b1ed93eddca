// The built gateway as a child process, with a data folder of its own.

import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { isMap } from "./tables.js";

const root = fileURLToPath(new URL("../../", import.meta.url));

export interface GatewayProcess {
  port: number;
  /** Sends SIGTERM: the gateway drains. Gives its exit status when it has ended. */
  drain(): Promise<number | null>;
  /** Ends it at once, as a crash would; its data folder stays. */
  kill(): Promise<void>;
  /** Ends it and removes its data folder. */
  dispose(): Promise<void>;
}

export async function newDataFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), "headgate-raw-client-"));
}

export async function startGateway(data?: string): Promise<GatewayProcess> {
  const folder = data ?? (await newDataFolder());
  const child = spawn(
    process.execPath,
    ["dist/gateway/main.js", "--port", "0", "--models", "models", "--data", folder],
    { cwd: root, stdio: ["ignore", "pipe", "pipe"] },
  );
  const ended = new Promise<number | null>((resolve) => child.on("exit", (code) => resolve(code)));
  const port = await readyPort(child, ended);

  const end = async (signal: "SIGTERM" | "SIGKILL"): Promise<number | null> => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    return ended;
  };
  return {
    port,
    drain: () => end("SIGTERM"),
    kill: async () => {
      await end("SIGKILL");
    },
    dispose: async () => {
      await end("SIGKILL");
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function readyPort(child: ChildProcess, ended: Promise<number | null>): Promise<number> {
  const { stdout, stderr } = child;
  if (!stdout || !stderr) throw new Error("the gateway has no stdout or no stderr");
  let complaints = "";
  stderr.on("data", (chunk: Buffer) => {
    complaints += chunk.toString();
  });
  return new Promise((resolve, reject) => {
    let port = 0;
    const lines = createInterface({ input: stdout });
    lines.on("line", (line) => {
      const entry: unknown = JSON.parse(line);
      if (!isMap(entry)) return;
      if (entry["msg"] === "listening" && typeof entry["port"] === "number") port = entry["port"];
      if (entry["msg"] === "ready") resolve(port);
    });
    void ended.then((code) =>
      reject(new Error(`the gateway ended with ${code} before it was ready: ${complaints}`)),
    );
  });
}
