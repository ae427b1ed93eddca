/** The socket thread's side of one worker: what it holds, what it runs, and its restart when it dies. */
import { Worker } from "node:worker_threads";
import { HeadgateError } from "../../protocol/errors.js";
import type { Calibration } from "../kernels/index.js";
import type { Lane } from "../servable.js";
import { Awake } from "./awake.js";
import { BusyTime } from "./busy-time.js";
import type {
  Done,
  Failure,
  FromWorker,
  LoadReport,
  ModelSource,
  ToWorker,
  WorkerSetup,
} from "./messages.js";
import { type InHand, Pace } from "./pace.js";
import { transferable } from "./transfer.js";

export type Work = Omit<Extract<ToWorker, { kind: "run" }>, "kind" | "job">;

interface Waiting<T> {
  readonly resolve: (value: T) => void;
  readonly reject: (error: HeadgateError) => void;
}

export interface WorkerEvents {
  /** The worker can take more work. */
  readonly idle: (worker: WorkerHandle) => void;
  readonly died: (worker: WorkerHandle, reason: string, lost: number, restartInMs: number) => void;
  /** A model did not open again after a restart. */
  readonly lost: (worker: WorkerHandle, key: string, reason: string) => void;
  /** The numerics know which backend wins where. */
  readonly calibrated: (calibration: Calibration) => void;
  /** A kernel ran on another backend than the one it was asked of. */
  readonly fallback: (worker: WorkerHandle, message: string) => void;
}

interface Running extends Waiting<Done>, InHand {}

/** What every worker of a pool is made with. */
export interface HandleSetup {
  readonly workerUrl: URL;
  /** Threads inside one ONNX Runtime run. */
  readonly intraOpThreads: number;
  /** Milliseconds for which threads look for more work before they sleep. */
  readonly busyPollMs: number;
  readonly calibration: Calibration | null;
  readonly events: WorkerEvents;
}

/** A worker that dies again and again is restarted ever later, so that it does not take the box with it. */
const restartMs = { first: 50, most: 10_000, calmAfter: 60_000 };

/** Milliseconds a worker has to finish the job in hand when the pool closes. */
const closeGraceMs = 2_000;

export class WorkerHandle {
  private readonly events: WorkerEvents;
  private worker: Worker | undefined;
  /** What this worker, or one before it, measured. */
  private calibration: Calibration | null;
  private readonly abortFlag = new Int32Array(new SharedArrayBuffer(4));
  private readonly models = new Map<string, ModelSource>();
  private readonly loading = new Map<string, Waiting<LoadReport>>();
  private readonly jobs = new Map<number, Running>();
  readonly busyTime = new BusyTime();
  private readonly pace: Pace;
  private readonly awake: Awake;
  private lastJob = 0;
  private deaths = 0;
  private bornAt = 0;
  private closed = false;
  /** It takes nothing new, and ends when the last job has. */
  private retiring: (() => void) | undefined;
  /** Models that still have to be opened again after a restart. */
  private reopening = new Set<string>();

  constructor(
    readonly index: number,
    readonly lane: Lane,
    depth: number,
    private readonly setup: HandleSetup,
    /** Its work gives way to everybody else's. */
    readonly background = false,
  ) {
    this.events = setup.events;
    this.pace = new Pace(depth);
    this.awake = new Awake(lane === "models" ? setup.busyPollMs : 0);
    this.calibration = setup.calibration;
    this.spawn();
  }

  /** How many more jobs it takes now: none while it opens a model, or is far from the end of a batch. */
  get room(): number {
    if (this.worker === undefined || this.opening) return 0;
    return this.pace.room([...this.jobs.values()], performance.now());
  }

  /** Milliseconds until it takes another job, though it has one; undefined: it tells when it does. */
  get roomIn(): number | undefined {
    if (this.worker === undefined || this.opening) return undefined;
    return this.pace.roomIn([...this.jobs.values()], performance.now());
  }

  private get opening(): boolean {
    return this.reopening.size > 0 || this.loading.size > 0;
  }

  get modelCount(): number {
    return this.models.size;
  }

  /** Those it holds, and those that are still being opened in it. */
  get versions(): number {
    const opening = [...this.loading.keys()].filter((key) => !this.models.has(key));
    return this.models.size + opening.length;
  }

  /** How much of its time it lately computed, 0 to 1. */
  get busy(): number {
    return this.busyTime.share(performance.now());
  }

  /** The models it holds, by key. */
  get held(): ReadonlyMap<string, ModelSource> {
    return this.models;
  }

  /** A version is being opened here. */
  get busyLoading(): boolean {
    return this.loading.size > 0;
  }

  holds(key: string): boolean {
    return this.lane === "numerics" || this.models.has(key);
  }

  /** Opens a model version and proves it on its golden answer. @throws HeadgateError with the reason */
  async load(key: string, source: ModelSource): Promise<LoadReport> {
    if (this.worker === undefined) throw new HeadgateError("unavailable", "the worker is being restarted");
    const report = await new Promise<LoadReport>((resolve, reject) => {
      this.loading.set(key, { resolve, reject });
      this.post({ kind: "load", key, source });
    });
    this.models.set(key, source);
    return report;
  }

  unload(key: string): void {
    this.models.delete(key);
    this.pace.forget(key);
    this.post({ kind: "unload", key });
  }

  /** Large inputs move to the worker: the caller's views of them are empty afterwards. */
  run(work: Work): { readonly job: number; readonly done: Promise<Done> } {
    this.lastJob = (this.lastJob % 0x7fff_ffff) + 1;
    const job = this.lastJob;
    const done = new Promise<Done>((resolve, reject) =>
      this.jobs.set(job, { key: work.key, since: performance.now(), resolve, reject }),
    );
    this.post({ kind: "run", job, ...work }, transferable(work.inputs));
    this.awake.stay();
    return { job, done };
  }

  /** Asks a running fit to stop at its next iteration; a model's run is too short to stop. */
  abort(job: number): void {
    if (this.jobs.has(job)) Atomics.store(this.abortFlag, 0, job);
  }

  /** Ends the thread as a crash would. What it held is answered `unavailable`; it is restarted. */
  async kill(): Promise<void> {
    await this.worker?.terminate();
  }

  /** Finishes what it has, then ends. */
  async retire(): Promise<void> {
    if (this.jobs.size > 0)
      await new Promise<void>((resolve) => {
        this.retiring = resolve;
      });
    await this.close();
  }

  /** Lets the thread end by itself: ended inside a native call, it could take the process with it. */
  async close(): Promise<void> {
    const { worker } = this;
    this.closed = true;
    if (worker === undefined) return;
    for (const job of this.jobs.keys()) this.abort(job);
    const ended = new Promise<void>((resolve) => worker.once("exit", () => resolve()));
    this.post({ kind: "exit" });
    const hard = setTimeout(() => void worker.terminate(), closeGraceMs);
    await ended;
    clearTimeout(hard);
  }

  private spawn(): void {
    if (this.closed) return;
    this.bornAt = performance.now();
    const workerData: WorkerSetup = {
      lane: this.lane,
      intraOpThreads: this.setup.intraOpThreads,
      busyPollMs: this.setup.busyPollMs,
      abortFlag: this.abortFlag.buffer as SharedArrayBuffer,
      calibration: this.calibration,
      background: this.background,
    };
    const worker = new Worker(this.setup.workerUrl, {
      workerData,
      name: `headgate-${this.lane}-${this.index}`,
    });
    this.worker = worker;
    let reason = "it exited";
    worker.on("message", (message: FromWorker) => this.take(message));
    worker.on("error", (error) => {
      reason = error instanceof Error ? error.message : String(error);
    });
    worker.on("exit", (code) => this.buried(`${reason} (code ${code})`));
  }

  private post(message: ToWorker, transfer: ArrayBuffer[] = []): void {
    this.worker?.postMessage(message, transfer);
  }

  private take(message: FromWorker): void {
    switch (message.kind) {
      case "ready":
        if (this.reopening.size === 0) this.events.idle(this);
        return;
      case "loaded":
        return this.opened(message.key, (waiting) => waiting.resolve(message.report));
      case "refused":
        if (this.reopening.has(message.key)) {
          this.models.delete(message.key);
          this.events.lost(this, message.key, message.failure.message);
        }
        return this.opened(message.key, (waiting) => waiting.reject(errorOf(message.failure)));
      case "calibrated":
        this.calibration = message.calibration;
        return this.events.calibrated(message.calibration);
      case "fallback":
        return this.events.fallback(this, message.message);
      case "done":
        return this.answered(message.job, message.done);
      case "failed":
        this.jobs.get(message.job)?.reject(errorOf(message.failure));
        return this.finished(message.job);
    }
  }

  private opened(key: string, settle: (waiting: Waiting<LoadReport>) => void): void {
    const waiting = this.loading.get(key);
    this.loading.delete(key);
    if (waiting !== undefined) settle(waiting);
    this.reopening.delete(key);
    if (this.reopening.size === 0 && this.loading.size === 0) this.events.idle(this);
  }

  private answered(job: number, done: Done): void {
    const running = this.jobs.get(job);
    if (running !== undefined) {
      this.pace.took(running.key, done.computeMs);
      this.busyTime.took(done.computeMs, performance.now());
      running.resolve(done);
    }
    this.finished(job);
  }

  private finished(job: number): void {
    this.jobs.delete(job);
    this.awake.stay();
    if (this.jobs.size === 0) this.retiring?.();
    this.events.idle(this);
  }

  private buried(reason: string): void {
    this.worker = undefined;
    const lost = new HeadgateError(
      "unavailable",
      "the worker that held this request died; it is being restarted",
      {
        processed: "maybe",
      },
    );
    const waiting = [...this.jobs.values(), ...this.loading.values()];
    const held = this.jobs.size;
    this.jobs.clear();
    this.loading.clear();
    for (const each of waiting) each.reject(lost);
    this.retiring?.();
    if (this.closed) return;
    this.deaths = performance.now() - this.bornAt > restartMs.calmAfter ? 1 : this.deaths + 1;
    const delay = Math.min(restartMs.most, restartMs.first * 2 ** (this.deaths - 1));
    this.events.died(this, reason, held, delay);
    setTimeout(() => this.respawn(), delay).unref();
  }

  private respawn(): void {
    this.spawn();
    this.reopening = new Set(this.models.keys());
    for (const [key, source] of this.models) this.post({ kind: "load", key, source });
  }
}

function errorOf({ code, message, processed }: Failure): HeadgateError {
  return new HeadgateError(code, message, { processed });
}
