/** A gateway in this process, on a free port of this machine. Its workers run the built program. */
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Config, parseConfig } from "../../gateway/config.js";
import { Gateway } from "../../gateway/gateway.js";
import { createLog } from "../../gateway/observe/log.js";

export interface TestGateway {
  readonly gateway: Gateway;
  readonly url: string;
  readonly http: string;
  readonly port: number;
  stop(): Promise<void>;
}

const built = (path: string) => new URL(`../../dist/${path}`, import.meta.url);

export async function startGateway(overrides: Record<string, unknown> = {}): Promise<TestGateway> {
  const config: Config = parseConfig({
    port: 0,
    models: fileURLToPath(new URL("../../models", import.meta.url)),
    data: join(tmpdir(), "headgate-test-data"), // the calibration is measured once for all tests
    log_level: "silent",
    engine: { model_workers: 1, numeric_workers: 1 },
    drain: { deadline_ms: 2_000 },
    ...overrides,
  });
  const gateway = new Gateway({
    config,
    log: createLog(config.log_level),
    workerUrl: built("engines/pool/worker.js"),
  });
  const { port } = await gateway.start();
  return {
    gateway,
    port,
    url: `ws://127.0.0.1:${port}/v1`,
    http: `http://127.0.0.1:${port}`,
    stop: () => gateway.stop(),
  };
}
