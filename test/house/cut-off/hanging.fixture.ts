/** Starts the kinds of processes that tests and benches start, reports them, and hangs until it is killed. */
import { appendFileSync } from "node:fs";
import { it } from "vitest";
import { start } from "../../../load-tests/harness/child.js";
import { startGateway as startHarness } from "../../../load-tests/harness/gateway.js";
import { startGateway as startProcess } from "../../raw-client/gateway-process.js";
import { startGateway as startHere } from "../../support/gateway.js";

it("hangs beside a gateway of each kind and another language's server", { timeout: 120_000 }, async () => {
  const none = { models: process.env["CUT_OFF_MODELS"] ?? "" };
  const server = `console.log('{"port":1}'); setInterval(() => {}, 1000); // notices nothing by itself`;
  await Promise.all([
    startProcess(process.env["CUT_OFF_DATA"], none),
    startProcess(undefined, { ...none, under: ["bash", "-c", '"$@"; exit', "in-a-shell"] }),
    startHarness(none),
    startHere(none),
    start(process.execPath, ["-e", server]),
    start(process.execPath, ["-e", server], { group: true }),
  ]);
  appendFileSync(process.env["CUT_OFF_STARTED"] ?? "", "all\n");
  await new Promise(() => {});
});
