/** Starts a gateway on a free port of this machine: the real one, with its workers and models. */
import { copyFileSync, existsSync, mkdirSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { connect, tensor } from "../../client/typescript/index.js";
import { parseConfig } from "../../gateway/config/parse.js";
import { Gateway } from "../../gateway/gateway.js";
import { createLog } from "../../gateway/observe/log.js";

/** A file of the repository, relative to dist/examples/demo. */
export const inRepository = (path: string) => new URL(`../../../${path}`, import.meta.url);

const calibration = "calibration.json";

export interface LocalGateway {
  readonly url: string;
  stop(): Promise<void>;
}

export async function startGateway(): Promise<LocalGateway> {
  // A new data folder: every run of the demo starts without earlier streams.
  const data = await mkdtemp(join(tmpdir(), "headgate-demo-"));
  const [kept, used] = [join("data", calibration), join(data, calibration)];
  if (existsSync(kept)) copyFileSync(kept, used);
  const config = parseConfig({
    port: 0,
    data,
    models: fileURLToPath(inRepository("models")),
    log_level: "silent", // The agents count and report failed requests themselves
  });
  const gateway = await Gateway.open({ config, log: createLog(config.log_level) });
  const stop = async () => {
    await gateway.stop();
    if (existsSync(used) && !existsSync(kept)) {
      mkdirSync("data", { recursive: true });
      copyFileSync(used, kept); // Keeps the measured cost of the kernels for the next run of the demo
    }
    await rm(data, { recursive: true, force: true });
  };
  try {
    const { address, port } = await gateway.start();
    const url = `ws://${address}:${port}/v1`;
    await warm(url);
    return { url, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/**
 * The first fit looks for a GPU, and without one the graphics driver prints warnings to the terminal. They should
 * appear before the progress bar, not in it.
 */
async function warm(url: string): Promise<void> {
  const gate = await connect(url, { client: "warm-up" });
  try {
    await gate.infer("standard_scaler", { X: tensor([[1], [2]], "FP64") });
  } finally {
    await gate.close();
  }
}
