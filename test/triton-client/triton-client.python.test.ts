// Runs Triton's own Python client against the built gateway, with the models of Triton's examples beside ours.
// It needs the packages of ../raw-client/requirements.txt; HEADGATE_PYTHON names an interpreter that has them.

import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type GatewayProcess, startGateway } from "../raw-client/gateway-process.js";
import { exampleModels } from "./example-models.js";

const python = process.env["HEADGATE_PYTHON"] ?? "python3";
const script = fileURLToPath(new URL("./triton_client.py", import.meta.url));
const ours = fileURLToPath(new URL("../../models", import.meta.url));

let gateway: GatewayProcess;
let models: string;

beforeAll(async () => {
  models = await mkdtemp(join(tmpdir(), "headgate-triton-models-"));
  for (const name of ["market-impact", "news-tone"])
    await cp(join(ours, name), join(models, name), { recursive: true });
  for (const [name, { config, model, golden }] of Object.entries(exampleModels)) {
    await mkdir(join(models, name, "1"), { recursive: true });
    await writeFile(join(models, name, "config.json"), JSON.stringify(config));
    await writeFile(join(models, name, "1", "model.onnx"), model);
    await writeFile(join(models, name, "1", "golden.json"), JSON.stringify(golden));
  }
  gateway = await startGateway(undefined, { models });
});

afterAll(async () => {
  await gateway?.dispose();
  await rm(models, { recursive: true, force: true });
});

it("Triton's client is served as by Triton", async () => {
  // A status other than 0 rejects, with what the client wrote to stderr.
  const { stdout } = await promisify(execFile)(python, [script, `127.0.0.1:${gateway.port}`]);
  expect(JSON.parse(stdout)).toEqual({ errors: expect.arrayContaining([expect.any(String)]) });
});
