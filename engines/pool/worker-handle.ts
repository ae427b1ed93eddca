/** One worker as the main thread sees it: its thread, the jobs it was sent, and the versions it has loaded. */
import { HeadgateError } from "../../protocol/errors.js";
import type { EngineWorker, Execution, ExecutionRequest } from "../engine.js";
import type { Lane } from "../lane.js";
import { BusyPoll } from "./busy-poll.js";
import type { BusyTime } from "./busy-time.js";
import { errorOf } from "./deferred.js";
import { LoadedVersions, type SourceSize } from "./loaded-versions.js";
import type { WorkerReply, WorkerSetup } from "./messages.js";
import { PendingExecutions } from "./pending-executions.js";
import { transferable } from "./transfer.js";
import { WorkerThread } from "./worker-thread.js";

/** How logs name a worker. */
export interface WorkerLabel {
  readonly lane: Lane;
  readonly index: number;
}

/** What a worker does and has done. */
export interface WorkerFigures {
  /** False while its thread is restarted. */
  readonly alive: boolean;
  /** Jobs that ended. */
  readonly ended: number;
  /** Jobs that it was sent and that have not ended. */
  readonly running: number;
  readonly restarts: number;
  /** The execution backend of its last answer; undefined before the first. */
  readonly backend: string | undefined;
  /** The share of recent time in which it computed. */
  readonly busy: number;
  /** Bytes of the files of its loaded versions. */
  readonly modelBytes: number;
  /** Milliseconds in which it computed so far. */
  readonly busyMs: number;
  /** Versions that are loaded. */
  readonly models: number;
}

export interface WorkerEvents<Settings = unknown> {
  /** The worker can take more work. */
  idle(worker: WorkerLabel): void;
  died(worker: WorkerLabel, reason: string, lost: number, restartInMs: number): void;
  /** A version could not be loaded again after a restart. */
  lost(worker: WorkerLabel, key: string, reason: string): void;
  /** A host measured something that the lane's next hosts should start with. */
  learned(settings: Settings): void;
  /** A kernel ran on another backend than the one that was asked for. */
  fallback(worker: WorkerLabel, message: string): void;
}

/** Options that all workers of a lane share. */
export interface WorkerHandleSetup<Settings = unknown> {
  readonly lane: Lane;
  /** The folder of the engines' compiled modules, from which the worker and the lane's host are loaded. */
  readonly programs: URL;
  /** Settings that the lane's hosts start with. */
  readonly settings: Settings;
  /** Milliseconds for which threads look for more work before they sleep. */
  readonly busyPollMs: number;
  readonly events: WorkerEvents<Settings>;
}

export class WorkerHandle<Source extends SourceSize = never, Report = never>
  implements EngineWorker, WorkerLabel
{
  readonly lane: Lane;
  /** Settings for the lane's hosts, updated by what this worker's hosts measured. */
  private settings: unknown;
  private readonly thread: WorkerThread<Source, Report>;
  private readonly jobs: PendingExecutions;
  private readonly opened = new LoadedVersions<Source, Report>();
  private readonly abortFlag = new Int32Array(new SharedArrayBuffer(4));
  private readonly busyPoll: BusyPoll;
  /** Set once the worker takes no new jobs and ends after its last one. */
  private retiring: (() => void) | undefined;
  private restarts = 0;
  /** The execution backend of its last answer. */
  private backend: string | undefined;

  constructor(
    readonly index: number,
    private readonly setup: WorkerHandleSetup,
    /** Whether its thread runs at a low priority. */
    readonly background = false,
  ) {
    const { lane, programs } = setup;
    this.lane = lane;
    this.settings = setup.settings;
    this.jobs = new PendingExecutions(lane.depth);
    this.busyPoll = new BusyPoll(setup.busyPollMs);
    const program = new URL("pool/worker.js", programs);
    this.thread = new WorkerThread(program, `headgate-${lane.name}-${index}`, () => this.workerSetup(), {
      message: (message) => this.take(message),
      ended: (reason, restartInMs) => this.ended(reason, restartInMs),
      restarted: () => this.reopen(),
    });
  }

  /** How many more jobs it takes now: none while it loads a version, or until its running batch is about to end. */
  get room(): number {
    return this.thread.alive && !this.opened.opening ? this.jobs.room(performance.now()) : 0;
  }

  /** Milliseconds until it takes another job; undefined: not known, its `idle` event says when. */
  get msUntilRoom(): number | undefined {
    return this.thread.alive && !this.opened.opening ? this.jobs.msUntilRoom(performance.now()) : undefined;
  }

  get modelCount(): number {
    return this.held.size;
  }

  /** How many versions are loaded or being loaded. */
  get versions(): number {
    return this.opened.count;
  }

  get busyTime(): BusyTime {
    return this.jobs.busyTime;
  }

  /** The share of recent time in which it computed, 0 to 1. */
  get busy(): number {
    return this.busyTime.share(performance.now());
  }

  /** What it does and has done, for whoever watches it. */
  figures(now: number): WorkerFigures {
    const { jobs, restarts, backend } = this;
    const { alive } = this.thread;
    const { ended, count: running } = jobs;
    const [busyMs, busy, modelBytes] = [jobs.busyMs(now), jobs.busyTime.share(now), this.opened.bytes];
    return { alive, ended, running, restarts, backend, busyMs, busy, models: this.modelCount, modelBytes };
  }

  /** The sources of its loaded versions, by key. */
  get held(): ReadonlyMap<string, Source> {
    return this.opened.loaded;
  }

  /** Whether a caller waits for a version to be loaded here. */
  get busyLoading(): boolean {
    return this.opened.loading;
  }

  /** Whether it can run this servable. */
  holds(key: string): boolean {
    return !this.lane.holdsModels || this.held.has(key);
  }

  /** Loads a version. @throws HeadgateError with the reason */
  async load(key: string, source: Source): Promise<Report> {
    if (!this.thread.alive) throw new HeadgateError("unavailable", "the worker is being restarted");
    return this.opened.open(key, source, () => this.thread.post({ kind: "load", key, source }));
  }

  unload(key: string): void {
    this.opened.close(key);
    this.jobs.forget(key);
    this.thread.post({ kind: "unload", key });
  }

  /** Large inputs move to the worker: the caller's views of them are empty afterwards. */
  run(work: ExecutionRequest): Execution {
    const running = this.jobs.begin(work.key, performance.now());
    this.thread.post({ kind: "run", job: running.job, ...work }, transferable(work.inputs));
    this.busyPoll.stay();
    return running;
  }

  /** Asks a running fit to stop at its next iteration; a model's run is too short to stop. */
  abort(job: number): void {
    if (this.jobs.has(job)) Atomics.store(this.abortFlag, 0, job);
  }

  /** Ends the thread as a crash would: its jobs fail with `unavailable`, and a new thread starts. */
  async kill(): Promise<void> {
    await this.thread.kill();
  }

  /** Ends the worker once its jobs have ended. */
  async retire(): Promise<void> {
    if (this.jobs.count > 0)
      await new Promise<void>((resolve) => {
        this.retiring = resolve;
      });
    await this.close();
  }

  async close(): Promise<void> {
    for (const job of this.jobs.ids) this.abort(job);
    await this.thread.close();
  }

  private workerSetup(): WorkerSetup {
    const { lane, programs, busyPollMs } = this.setup;
    return {
      lane: lane.name,
      host: new URL(lane.host, programs).href,
      settings: this.settings,
      busyPollMs,
      abortFlag: this.abortFlag.buffer as SharedArrayBuffer,
      background: this.background,
    };
  }

  private take(message: WorkerReply<Report>): void {
    const { events } = this.setup;
    switch (message.kind) {
      case "ready":
        return this.idleUnlessOpening();
      case "loaded":
        this.opened.opened(message.key, message.report);
        return this.idleUnlessOpening();
      case "refused":
        if (this.opened.refused(message.key, errorOf(message.failure)))
          events.lost(this, message.key, message.failure.message);
        return this.idleUnlessOpening();
      case "learned":
        this.settings = message.settings;
        return events.learned(message.settings);
      case "fallback":
        return events.fallback(this, message.message);
      case "done":
        this.backend = message.done.backend;
        this.jobs.answered(message.job, message.done, performance.now());
        return this.finished();
      case "failed":
        this.jobs.failed(message.job, errorOf(message.failure));
        return this.finished();
    }
  }

  private idleUnlessOpening(): void {
    if (!this.opened.opening) this.setup.events.idle(this);
  }

  private finished(): void {
    this.busyPoll.stay();
    if (this.jobs.count === 0) this.retiring?.();
    this.setup.events.idle(this);
  }

  private ended(reason: string, restartInMs: number | undefined): void {
    const message = "the worker that held this request died; it is being restarted";
    const lost = new HeadgateError("unavailable", message, { processed: "maybe" });
    const jobs = this.jobs.failAll(lost);
    this.opened.failAll(lost);
    this.retiring?.();
    if (restartInMs === undefined) return;
    this.restarts++;
    this.setup.events.died(this, reason, jobs, restartInMs);
  }

  private reopen(): void {
    for (const [key, source] of this.opened.reopen()) this.thread.post({ kind: "load", key, source });
  }
}
