/**
 * Runs a gateway in a process of its own, with a data folder of its own, because a data folder can serve only one
 * gateway. The folder is deleted when the gateway is stopped.
 */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Server, startNode } from "./child.js";
import { inRepository } from "./places.js";

export interface GatewayOptions {
  /** The gateway's model repository; null: an empty one. Default: the shipped models. */
  readonly models?: string | null;
  /** A data folder that is kept, so that another gateway can be started on it. Default: a temporary folder. */
  readonly data?: string;
  /** The port to listen on. Default: any free port. */
  readonly port?: number;
  readonly config?: object;
  /**
   * The log message after which the gateway may be used: `listening` comes before its models are open. Default
   * `ready`.
   */
  readonly readyMsg?: "ready" | "listening";
  /** Preloads the probe, so that `Server.inside` can be called. */
  readonly inside?: boolean;
  /** Runs it in a process group of its own, as in `StartOptions`: Ctrl-C in the terminal does not reach it. */
  readonly group?: boolean;
  /** Milliseconds in which the gateway must be ready, as in `StartOptions`. */
  readonly startMs?: number;
}

export async function startGateway(options: GatewayOptions = {}): Promise<Server> {
  const folder = await mkdtemp(join(tmpdir(), "headgate-bench-"));
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    const flags = await flagsOf(options, folder);
    const { readyMsg = "ready", inside = false, group = false, startMs } = options;
    const server = await startNode("gateway/main.js", flags, {
      readyMsg,
      inside,
      group,
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
  await writeFile(file, JSON.stringify({ log_level: "info", ...config })); // At level info the log contains the port
  const repository = models === null ? none : (models ?? inRepository("models"));
  return [
    ...["--port", String(port), "--config", file],
    ...["--models", repository, "--data", data ?? join(folder, "data")],
  ];
}
