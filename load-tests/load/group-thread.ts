/**
 * Runs an unmeasured group in a thread of its own. Such a group must disturb the gateway, but not the measuring
 * groups: when it sent 5,000 requests a second on the same event loop, the answers to the others waited for the
 * harness.
 */
import { Worker } from "node:worker_threads";
import { inRepository } from "../harness/places.js";
import { type Span, since } from "./due.js";
import type { Target } from "./gateway.js";
import type { GroupResult } from "./group-result.js";
import type { Group, Scenario } from "./scenario.js";

/** The data that the thread is created with. */
export interface GroupThreadSetup {
  readonly group: Group;
  readonly scenario: Scenario;
  readonly url: string;
  readonly token: string | undefined;
}

/**
 * The message that starts the thread's run. Each thread has its own `performance.now()`, so the start is given as
 * wall-clock time.
 */
export interface GroupThreadStart extends Omit<Span, "startAt"> {
  readonly startedAt: number;
}

export class GroupThread {
  private constructor(
    readonly name: string,
    private readonly worker: Worker,
  ) {}

  static async prepare(group: Group, scenario: Scenario, target: Target): Promise<GroupThread> {
    const workerData: GroupThreadSetup = {
      group,
      scenario,
      url: target.url,
      token: target.token(group.tenant),
    };
    const worker = new Worker(inRepository("dist/load-tests/load/group-thread-main.js"), { workerData });
    await heard(worker);
    return new GroupThread(group.name, worker);
  }

  async run(span: Span): Promise<GroupResult> {
    const { warmupMs, endMs } = span;
    const begin: GroupThreadStart = { startedAt: Date.now() - since(span), warmupMs, endMs };
    const result = heard(this.worker);
    this.worker.postMessage(begin);
    return (await result) as GroupResult;
  }

  async end(): Promise<void> {
    await this.worker.terminate();
  }
}

/**
 * The worker's next message.
 * @throws Error with the reason when the worker ends before it
 */
function heard(worker: Worker): Promise<unknown> {
  return new Promise((resolve, reject) => {
    worker.once("message", resolve);
    worker.once("error", reject);
    worker.once("exit", () => reject(new Error("the thread of an unmeasured group ended")));
  });
}
