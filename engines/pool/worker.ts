/**
 * The worker's program: takes one job at a time, in order. Sessions and kernels live here, never on
 * the main thread, which serves the sockets.
 */
import { constants, setPriority } from "node:os";
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { HeadgateError } from "../../protocol/errors.js";
import type { ExecutionResult, Tensors } from "../engine.js";
import { unsharedTensors } from "../shared-memory.js";
import { BufferReleaser } from "./buffer-releaser.js";
import { BusyPoll } from "./busy-poll.js";
import type { Host, HostEvents, HostModule } from "./host.js";
import type { RunRequest, WorkerFailure, WorkerReply, WorkerRequest, WorkerSetup } from "./messages.js";
import { transferable } from "./transfer.js";

/** Only the host knows the type of a load's report; this program passes it on. */
type AnyWorkerReply = WorkerReply<unknown>;

class Worker {
  private readonly abortFlag: Int32Array;
  private readonly release = new BufferReleaser();
  private readonly busyPoll: BusyPoll;
  private work: Promise<void> = Promise.resolve();

  constructor(
    private readonly port: MessagePort,
    private readonly host: Host<unknown, unknown>,
    { abortFlag, busyPollMs }: WorkerSetup,
  ) {
    this.abortFlag = new Int32Array(abortFlag);
    this.busyPoll = new BusyPoll(busyPollMs);
    port.on("message", (message: WorkerRequest<unknown>) => {
      this.work = this.work.then(() => this.take(message));
    });
    this.send({ kind: "ready" });
  }

  private async take(message: WorkerRequest<unknown>): Promise<void> {
    switch (message.kind) {
      case "load":
        return this.load(message);
      case "exit":
        return process.exit(0); // of this thread alone, and never inside a native call
      case "unload":
        return this.host.unload?.(message.key);
      case "run":
        return this.run(message);
    }
  }

  private async load({ key, source }: Extract<WorkerRequest<unknown>, { kind: "load" }>): Promise<void> {
    try {
      if (this.host.load === undefined) throw new Error("the workers of this lane open no models");
      this.send({ kind: "loaded", key, report: await this.host.load(key, source) });
    } catch (error) {
      this.send({ kind: "refused", key, failure: failureOf(error) });
    }
  }

  private async run(message: RunRequest): Promise<void> {
    const { job, outputs } = message;
    try {
      const all = await this.host.run(message, () => Atomics.load(this.abortFlag, 0) === job);
      const chosen = outputs === null ? all : only(all, outputs);
      const done = { ...chosen, outputs: unsharedTensors(chosen.outputs) };
      this.send({ kind: "done", job, done }, transferable(done.outputs));
    } catch (error) {
      this.send({ kind: "failed", job, failure: failureOf(error) });
    }
    this.release.free(message.inputs);
    this.busyPoll.stay();
  }

  private send(message: AnyWorkerReply, transfer: ArrayBuffer[] = []): void {
    this.port.postMessage(message, transfer);
  }
}

function only(done: ExecutionResult, names: readonly string[]): ExecutionResult {
  const chosen = names.filter((name) => Object.hasOwn(done.outputs, name));
  return {
    ...done,
    outputs: Object.fromEntries(chosen.map((name) => [name, done.outputs[name]])) as Tensors,
  };
}

function failureOf(error: unknown): WorkerFailure {
  if (error instanceof HeadgateError)
    return { code: error.code, message: error.message, processed: error.processed };
  return {
    code: "internal",
    message: error instanceof Error ? error.message : String(error),
    processed: "maybe",
  };
}

/** Imports the host of this worker's lane, and no other engine. */
async function hostOf(setup: WorkerSetup, port: MessagePort): Promise<Host<unknown, unknown>> {
  const { openHost } = (await import(setup.host)) as Partial<HostModule<unknown, unknown, unknown>>;
  if (openHost === undefined) throw new Error(`${setup.host}: a lane's host module must export openHost`);
  const tell = (message: AnyWorkerReply) => port.postMessage(message);
  const news: HostEvents<unknown> = {
    fellBack: (message) => tell({ kind: "fallback", message }),
    learned: (settings) => tell({ kind: "learned", settings }),
  };
  return openHost(setup.settings, news);
}

if (parentPort !== null) {
  const setup = workerData as WorkerSetup;
  // On Linux a priority is a thread's own; elsewhere it would be the whole process's.
  if (setup.background && process.platform === "linux") setPriority(constants.priority.PRIORITY_LOW);
  new Worker(parentPort, await hostOf(setup, parentPort), setup);
}
