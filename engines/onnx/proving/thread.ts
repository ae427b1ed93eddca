/** The thread of a proving process that runs models: a native call blocks it, and nothing else. */
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { Gauge } from "./gauge.js";
import type { FromChild, ThreadSetup, ToChild } from "./messages.js";
import { perform } from "./tasks.js";

if (parentPort !== null) serve(parentPort, new Gauge((workerData as ThreadSetup).peak));

function serve(port: MessagePort, gauge: Gauge): void {
  const send = (message: FromChild) => port.postMessage(message);
  port.on("message", ({ id, task }: ToChild) => {
    perform(task, gauge).then(
      (result) => send({ kind: "answered", id, result, left: gauge.leave() }),
      (error: unknown) => {
        const reason = error instanceof Error ? error.message : String(error);
        send({ kind: "refused", id, reason, left: gauge.leave() });
      },
    );
  });
}
