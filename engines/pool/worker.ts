/**
 * The worker's program: takes one job at a time, in order. Sessions and kernels live here, never on
 * the socket thread.
 */
import { constants, setPriority } from "node:os";
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { HeadgateError } from "../../protocol/errors.js";
import { Awake } from "./awake.js";
import type { Host } from "./host.js";
import type { Done, Failure, FromWorker, Tensors, ToWorker, WorkerSetup } from "./messages.js";
import { Release } from "./release.js";
import { transferable } from "./transfer.js";

class Worker {
  private readonly abortFlag: Int32Array;
  private readonly release = new Release();
  private readonly awake: Awake;
  private work: Promise<void> = Promise.resolve();

  constructor(
    private readonly port: MessagePort,
    private readonly host: Host,
    { abortFlag, lane, busyPollMs }: WorkerSetup,
  ) {
    this.abortFlag = new Int32Array(abortFlag);
    this.awake = new Awake(lane === "models" ? busyPollMs : 0);
    port.on("message", (message: ToWorker) => {
      this.work = this.work.then(() => this.take(message));
    });
    this.send({ kind: "ready" });
  }

  private async take(message: ToWorker): Promise<void> {
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

  private async load({ key, source }: Extract<ToWorker, { kind: "load" }>): Promise<void> {
    try {
      if (this.host.load === undefined) throw new Error("this lane holds no models");
      this.send({ kind: "loaded", key, report: await this.host.load(key, source) });
    } catch (error) {
      this.send({ kind: "refused", key, failure: failureOf(error) });
    }
  }

  private async run(message: Extract<ToWorker, { kind: "run" }>): Promise<void> {
    const { job, outputs } = message;
    try {
      const all = await this.host.run(message, () => Atomics.load(this.abortFlag, 0) === job);
      const done = outputs === null ? all : only(all, outputs);
      this.send({ kind: "done", job, done }, transferable(done.outputs));
    } catch (error) {
      this.send({ kind: "failed", job, failure: failureOf(error) });
    }
    this.release.free(message.inputs);
    this.awake.stay();
  }

  private send(message: FromWorker, transfer: ArrayBuffer[] = []): void {
    this.port.postMessage(message, transfer);
  }
}

function only(done: Done, names: readonly string[]): Done {
  const chosen = names.filter((name) => Object.hasOwn(done.outputs, name));
  return {
    ...done,
    outputs: Object.fromEntries(chosen.map((name) => [name, done.outputs[name]])) as Tensors,
  };
}

function failureOf(error: unknown): Failure {
  if (error instanceof HeadgateError)
    return { code: error.code, message: error.message, processed: error.processed };
  return {
    code: "internal",
    message: error instanceof Error ? error.message : String(error),
    processed: "maybe",
  };
}

/** A lane loads its own engine only. */
async function hostOf(setup: WorkerSetup, port: MessagePort): Promise<Host> {
  if (setup.lane === "models") {
    const { ModelHost } = await import("../onnx/model-host.js");
    return new ModelHost(setup.intraOpThreads);
  }
  const { FitHost } = await import("../numerics/fit-host.js");
  const tell = (message: FromWorker) => port.postMessage(message);
  const { calibration } = setup;
  const host = new FitHost(
    (message) => tell({ kind: "fallback", message }),
    calibration === null ? {} : { calibration },
  );
  if (calibration === null) tell({ kind: "calibrated", calibration: await host.calibrate() });
  return host;
}

if (parentPort !== null) {
  const setup = workerData as WorkerSetup;
  // On Linux a priority is a thread's own; elsewhere it would be the whole process's.
  if (setup.background && process.platform === "linux") setPriority(constants.priority.PRIORITY_LOW);
  new Worker(parentPort, await hostOf(setup, parentPort), setup);
}
