/**
 * Runs a gateway on a free port of this machine: the real one, with its workers and models, in a process of its own,
 * which can be killed and started again on the same data folder and port.
 */
import { copyFileSync, existsSync, mkdirSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, tensor } from "../../client/typescript/index.js";
import type { Server } from "../../load-tests/harness/child.js";
import { startGateway } from "../../load-tests/harness/gateway.js";

/** A file of the repository, relative to dist/examples/demo. */
export const inRepository = (path: string) => new URL(`../../../${path}`, import.meta.url);

const calibration = "calibration.json";

export class LocalGateway {
  private constructor(
    private readonly data: string,
    private server: Server,
  ) {}

  static async start(): Promise<LocalGateway> {
    // A new data folder: every run of the demo starts without earlier streams.
    const data = await mkdtemp(join(tmpdir(), "headgate-demo-"));
    const [kept, used] = [join("data", calibration), join(data, calibration)];
    if (existsSync(kept)) copyFileSync(kept, used);
    const gateway = new LocalGateway(data, await serve(data).catch((error: unknown) => removed(data, error)));
    await gateway.warm().catch((error: unknown) => gateway.stop().then(() => Promise.reject(error)));
    return gateway;
  }

  get url(): string {
    return `ws://127.0.0.1:${this.server.port}/v1`;
  }

  /** The address of the page, for a browser. */
  get page(): string {
    return `http://127.0.0.1:${this.server.port}/`;
  }

  /** Ends the process with SIGKILL; resolves when it has ended. */
  kill(): Promise<void> {
    return this.server.kill();
  }

  /** Starts a gateway on the data folder and the port of the killed one; resolves when it is ready. */
  async restart(): Promise<void> {
    const { port } = this.server;
    await this.server.stop(); // Removes the files of the killed process
    this.server = await serve(this.data, port);
  }

  async stop(): Promise<void> {
    await this.server.stop();
    const [kept, used] = [join("data", calibration), join(this.data, calibration)];
    if (existsSync(used) && !existsSync(kept)) {
      mkdirSync("data", { recursive: true });
      copyFileSync(used, kept); // Keeps the measured cost of the kernels for the next run of the demo
    }
    await rm(this.data, { recursive: true, force: true });
  }

  /**
   * The first fit looks for a GPU, and without one the graphics driver prints warnings to the terminal. They should
   * appear before the progress bar, not in it.
   */
  private async warm(): Promise<void> {
    const gate = await connect(this.url, { client: "warm-up" });
    try {
      await gate.infer("standard_scaler", { X: tensor([[1], [2]], "FP64") });
    } finally {
      await gate.close();
    }
  }
}

/** A process group of its own: Ctrl-C in the terminal ends the demo, and the demo ends the gateway. */
function serve(data: string, port = 0): Promise<Server> {
  return startGateway({ data, port, group: true });
}

async function removed(data: string, error: unknown): Promise<never> {
  await rm(data, { recursive: true, force: true });
  throw error;
}
