/** A gateway in a process of its own. Its data folder is its own too, for a folder has one gateway, and goes with it. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Server, startNode } from "./child.js";
import { inRepository } from "./places.js";

export interface GatewayOptions {
  /** Its model repository; null: an empty one. Default: the shipped models. */
  readonly models?: string | null;
  /** A data folder that stays, for a gateway that is started on it again. Default: one that goes. */
  readonly data?: string;
  /** Default: any that is free. */
  readonly port?: number;
  readonly config?: object;
  /** What it logs when it may be used: `listening` is before its models are open. Default `ready`. */
  readonly readyMsg?: "ready" | "listening";
  /** It answers `Server.inside`. */
  readonly inside?: boolean;
  /** Milliseconds it has to become ready: as `StartOptions`. */
  readonly startMs?: number;
}

export async function startGateway(options: GatewayOptions = {}): Promise<Server> {
  const folder = await mkdtemp(join(tmpdir(), "headgate-bench-"));
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    const flags = await flagsOf(options, folder);
    const { readyMsg = "ready", inside = false, startMs } = options;
    const server = await startNode("gateway/main.js", flags, {
      readyMsg,
      inside,
      ...(startMs !== undefined && { startMs }),
    });
    return {
      ...server,
      async stop() {
        await server.stop();
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function flagsOf({ models, data, port = 0, config = {} }: GatewayOptions, folder: string) {
  const none = join(folder, "models");
  if (models === null) await mkdir(none);
  const file = join(folder, "config.json");
  await writeFile(file, JSON.stringify({ log_level: "info", ...config })); // its port is in its log
  const repository = models === null ? none : (models ?? inRepository("models"));
  return [
    ...["--port", String(port), "--config", file],
    ...["--models", repository, "--data", data ?? join(folder, "data")],
  ];
}
