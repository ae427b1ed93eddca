// Runs schemathesis, which makes requests from /openapi.json, good and bad, against the built gateway: no answer may be a
// server's error, have a status, a content type or a body that the document does not promise, or need no token.
// It needs the packages of requirements.txt; HEADGATE_PYTHON names an interpreter that has them.

import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type GatewayProcess, startGateway } from "../raw-client/gateway-process.js";

const python = process.env["HEADGATE_PYTHON"] ?? "python3";
const settings = fileURLToPath(new URL("./schemathesis.toml", import.meta.url));
const sha256 = createHash("sha256").update("good").digest("hex");

let folder: string;
let gateway: GatewayProcess;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "headgate-openapi-"));
  const config = join(folder, "config.json");
  await writeFile(config, JSON.stringify({ auth: { keys: [{ sha256, tenant: "desk" }] } }));
  gateway = await startGateway(undefined, { config });
});

afterAll(async () => {
  await gateway?.dispose();
  await rm(folder, { recursive: true, force: true });
});

it("the running gateway keeps the promises of its OpenAPI document", async () => {
  const { port } = gateway;
  const said = await new Promise<{ readonly status: number | string; readonly text: string }>((resolve) => {
    const parameters = [
      "-c",
      "from schemathesis.cli import schemathesis; schemathesis()",
      "--config-file",
      settings,
    ];
    const asked = ["run", `http://127.0.0.1:${port}/openapi.json`, "-H", "Authorization: Bearer good"];
    const bounds = ["--max-time", "50", "--report-dir", folder, "--no-color"];
    const options = { cwd: folder, timeout: 110_000, maxBuffer: 16 * 1024 * 1024 };
    execFile(python, [...parameters, ...asked, ...bounds], options, (error, stdout, stderr) =>
      resolve({ status: error?.code ?? (error === null ? 0 : "killed"), text: `${stdout}${stderr}` }),
    );
  });
  expect(said.text).toMatch(/Tested: +\d{2}/);
  expect(said.status, said.text).toBe(0);
});
