// Runs the Python client, which was written from PROTOCOL.md alone, against the built gateway.
// It needs the packages of requirements.txt; HEADGATE_PYTHON names an interpreter that has them.

import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type GatewayProcess, startGateway } from "./gateway-process.js";

const python = process.env["HEADGATE_PYTHON"] ?? "python3";
const script = fileURLToPath(new URL("./raw_client.py", import.meta.url));

let gateway: GatewayProcess;

beforeAll(async () => {
  gateway = await startGateway();
});

afterAll(() => gateway?.dispose());

it("speaks with the gateway from Python", async () => {
  // A status other than 0 rejects, with what the client wrote to stderr.
  const { stdout } = await promisify(execFile)(python, [script, `ws://127.0.0.1:${gateway.port}/v1`]);
  const report: unknown = JSON.parse(stdout);
  expect(report).toMatchObject({
    server: expect.stringMatching(/^headgate\//),
    error: expect.stringMatching(/^inputs\.X\.shape: /),
    event: { topic: "regime.python", data: { kind: "regime_change", to: "turbulent" } },
  });
});
