/** The thread of a proving process that runs models; native calls block only this thread. */
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { MemoryGauge } from "./memory-gauge.js";
import type { ProvingReply, ProvingRequest, ProvingThreadSetup } from "./messages.js";
import type { ProofContext } from "./prove.js";
import { perform } from "./tasks.js";

const { peak, limits } = workerData as ProvingThreadSetup;
if (parentPort !== null) serve(parentPort, { gauge: new MemoryGauge(peak), limits });

function serve(port: MessagePort, context: Pick<ProofContext, "gauge" | "limits">): void {
  const { gauge } = context;
  const send = (message: ProvingReply) => port.postMessage(message);
  port.on("message", ({ id, task }: ProvingRequest) => {
    perform(task, context).then(
      (result) => send({ kind: "answered", id, result, left: gauge.leave() }),
      (error: unknown) => {
        const reason = error instanceof Error ? error.message : String(error);
        send({ kind: "refused", id, reason, left: gauge.leave() });
      },
    );
  });
}
