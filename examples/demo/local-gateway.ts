/** A gateway of our own on a free port of this machine: the real one, with its workers and models. */
import { fileURLToPath } from "node:url";
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
    return { url: `ws://${address}:${port}/v1`, stop: () => gateway.stop() };
  } catch (error) {
    await gateway.stop();
    throw error;
  }
}
