/** A gateway of our own on a free port of this machine: the real one, with its workers and models. */
import { fileURLToPath } from "node:url";
import { connect, tensor } from "headgate-client";
import { parseConfig } from "../../gateway/config.js";
import { Gateway } from "../../gateway/gateway.js";
import { createLog } from "../../gateway/observe/log.js";

/** A file of the repository, seen from dist/examples/demo. */
export const inRepository = (path: string) => new URL(`../../../${path}`, import.meta.url);

export interface LocalGateway {
  readonly url: string;
  stop(): Promise<void>;
}

export async function startGateway(): Promise<LocalGateway> {
  const config = parseConfig({
    port: 0,
    models: fileURLToPath(inRepository("models")),
    log_level: "silent", // what fails is counted and told by those who asked
  });
  const gateway = new Gateway({ config, log: createLog(config.log_level) });
  try {
    const { address, port } = await gateway.start();
    const url = `ws://${address}:${port}/v1`;
    await warm(url);
    return { url, stop: () => gateway.stop() };
  } catch (error) {
    await gateway.stop();
    throw error;
  }
}

/**
 * The first fit looks for a GPU, and where there is none the graphics driver says so on the terminal:
 * better before the progress bar than through it.
 */
async function warm(url: string): Promise<void> {
  const gate = await connect(url, { client: "warm-up" });
  try {
    await gate.infer("standard_scaler", { X: tensor([[1], [2]], "FP64") });
  } finally {
    await gate.close();
  }
}
