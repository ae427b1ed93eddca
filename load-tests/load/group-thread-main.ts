/**
 * The thread of an unmeasured group: it sends a message when it is ready, runs when it is started, and sends its
 * result.
 */
import { parentPort, workerData } from "node:worker_threads";
import { gatewayAt } from "./gateway.js";
import { runGroup } from "./group-result.js";
import type { GroupThreadSetup, GroupThreadStart } from "./group-thread.js";
import { prepare } from "./prepare.js";

const { group, scenario, url, token } = workerData as GroupThreadSetup;
const ready = await prepare(group, scenario, gatewayAt(url, token));
parentPort?.once("message", async ({ startedAt, warmupMs, endMs }: GroupThreadStart) => {
  const startAt = performance.now() - (Date.now() - startedAt);
  const result = await runGroup(ready, scenario, { startAt, warmupMs, endMs });
  await ready.end();
  parentPort?.postMessage(result);
});
parentPort?.postMessage("ready");
