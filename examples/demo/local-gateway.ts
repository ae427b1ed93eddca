/** A gateway of our own on a free port of this machine: the real one, with its workers and models. */
import { copyFileSync, existsSync, mkdirSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { connect, tensor } from "headgate-client";
import { parseConfig } from "../../gateway/config/parse.js";
import { Gateway } from "../../gateway/gateway.js";
import { createLog } from "../../gateway/observe/log.js";

/** A file of the repository, seen from dist/examples/demo. */
export const inRepository = (path: string) => new URL(`../../../${path}`, import.meta.url);

const calibration = "calibration.json";

export interface LocalGateway {
  readonly url: string;
  stop(): Promise<void>;
}

export async function startGateway(): Promise<LocalGateway> {
  // A folder of its own: a second showing starts from nothing, as the first did.
  const data = await mkdtemp(join(tmpdir(), "headgate-demo-"));
  const [kept, used] = [join("data", calibration), join(data, calibration)];
  if (existsSync(kept)) copyFileSync(kept, used);
  const config = parseConfig({
    port: 0,
    data,
    models: fileURLToPath(inRepository("models")),
    log_level: "silent", // what fails is counted and told by those who asked
  });
  const gateway = await Gateway.open({ config, log: createLog(config.log_level) });
  const stop = async () => {
    await gateway.stop();
    if (existsSync(used) && !existsSync(kept)) {
      mkdirSync("data", { recursive: true });
      copyFileSync(used, kept); // what the kernels cost here was measured once, for the next showing too
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
