/** Starts a gateway in this process, on a free port of this machine. Its workers run the built program. */
import { copyFileSync, existsSync, mkdirSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Config } from "../../gateway/config/config.js";
import { parseConfig } from "../../gateway/config/parse.js";
import { Gateway, type GatewayOptions } from "../../gateway/gateway.js";
import { createLog } from "../../gateway/observe/log.js";

export interface TestGateway {
  readonly gateway: Gateway;
  readonly url: string;
  readonly http: string;
  readonly port: number;
  stop(): Promise<void>;
}

const built = (path: string) => new URL(`../../dist/${path}`, import.meta.url);

/** The built programs of the journal: worker threads cannot run TypeScript. */
export const builtPrograms = {
  writer: built("gateway/storage/lmdb/writer.js"),
  reader: built("gateway/storage/lmdb/file-reader.js"),
};

/** The built program of a proving process. */
export const builtProver = built("engines/onnx/proving/child.js");

/** The kernels' calibration, which is measured once for all tests. */
const calibration = join(tmpdir(), "headgate-test-calibration", "calibration.json");

function keepCalibration(from: string): void {
  if (!existsSync(from) || existsSync(calibration)) return;
  mkdirSync(join(calibration, ".."), { recursive: true });
  copyFileSync(from, calibration);
}

export async function startGateway(
  overrides: Record<string, unknown> = {},
  own: Partial<Pick<GatewayOptions, "provingProgram" | "log" | "pageFiles" | "trainerEnvironment">> = {},
): Promise<TestGateway> {
  const data = await mkdtemp(join(tmpdir(), "headgate-test-data-"));
  if (existsSync(calibration)) copyFileSync(calibration, join(data, "calibration.json"));
  const config: Config = parseConfig({
    port: 0,
    models: fileURLToPath(new URL("../../models", import.meta.url)),
    data,
    log_level: "silent",
    engine: { model_workers: 1, numeric_workers: 1 },
    drain: { deadline_ms: 2_000 },
    ...overrides,
  });
  const gateway = await Gateway.open({
    config,
    log: createLog(config.log_level),
    enginePrograms: built("engines/"),
    provingProgram: builtProver,
    journalPrograms: builtPrograms,
    pageFiles: built("page/"),
    ...own,
  });
  const { port } = await gateway.start();
  return {
    gateway,
    port,
    url: `ws://127.0.0.1:${port}/v1`,
    http: `http://127.0.0.1:${port}`,
    async stop() {
      await gateway.stop();
      keepCalibration(join(config.data, "calibration.json"));
      await rm(data, { recursive: true, force: true });
    },
  };
}
