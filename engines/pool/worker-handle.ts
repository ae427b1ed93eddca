/** The socket thread's side of one worker: its thread, the jobs it has in hand, and the versions it holds. */
import { HeadgateError } from "../../protocol/errors.js";
import type { EngineWorker, Execution, ExecutionRequest } from "../engine.js";
import type { Lane } from "../lane.js";
import { BusyPoll } from "./busy-poll.js";
import type { BusyTime } from "./busy-time.js";
import { errorOf } from "./deferred.js";
import { LoadedVersions } from "./loaded-versions.js";
import type { WorkerReply, WorkerSetup } from "./messages.js";
import { PendingExecutions } from "./pending-executions.js";
import { transferable } from "./transfer.js";
import { WorkerThread } from "./worker-thread.js";

/** What a worker is called in logs. */
export interface WorkerLabel {
  readonly lane: Lane;
  readonly index: number;
}

export interface WorkerEvents<Settings = unknown> {
  /** The worker can take more work. */
  idle(worker: WorkerLabel): void;
  died(worker: WorkerLabel, reason: string, lost: number, restartInMs: number): void;
  /** A version did not open again after a restart. */
  lost(worker: WorkerLabel, key: string, reason: string): void;
  /** A host found out what the lane's next one is to be made with. */
  learned(settings: Settings): void;
  /** A kernel ran on another backend than the one it was asked of. */
  fallback(worker: WorkerLabel, message: string): void;
}

/** What every worker of a lane is made with. */
export interface WorkerHandleSetup<Settings = unknown> {
  readonly lane: Lane;
  /** The folder of the engines' built programs: the worker's own, and the lane's host. */
  readonly programs: URL;
  /** What the lane's hosts are made with. */
  readonly settings: Settings;
  /** Milliseconds for which threads look for more work before they sleep. */
  readonly busyPollMs: number;
  readonly events: WorkerEvents<Settings>;
}

export class WorkerHandle<Source = never, Report = never> implements EngineWorker, WorkerLabel {
  readonly lane: Lane;
  /** What the lane's hosts are made with, as this worker or one before it learned it. */
  private settings: unknown;
  private readonly thread: WorkerThread<Source, Report>;
  private readonly jobs: PendingExecutions;
  private readonly opened = new LoadedVersions<Source, Report>();
  private readonly abortFlag = new Int32Array(new SharedArrayBuffer(4));
  private readonly busyPoll: BusyPoll;
  /** It takes nothing new, and ends when the last job has. */
  private retiring: (() => void) | undefined;

  constructor(
    readonly index: number,
    private readonly setup: WorkerHandleSetup,
    /** Its work gives way to everybody else's. */
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

  /** How many more jobs it takes now: none while it opens a version, or is far from the end of a batch. */
  get room(): number {
    return this.thread.alive && !this.opened.opening ? this.jobs.room(performance.now()) : 0;
  }

  /** Milliseconds until it takes another job, though it has one; undefined: it tells when it does. */
  get msUntilRoom(): number | undefined {
    return this.thread.alive && !this.opened.opening ? this.jobs.msUntilRoom(performance.now()) : undefined;
  }

  get modelCount(): number {
    return this.held.size;
  }

  /** Those it holds, and those that are still being opened in it. */
  get versions(): number {
    return this.opened.count;
  }

  get busyTime(): BusyTime {
    return this.jobs.busyTime;
  }

  /** How much of its time it lately computed, 0 to 1. */
  get busy(): number {
    return this.busyTime.share(performance.now());
  }

  /** What the versions it holds were opened from, by key. */
  get held(): ReadonlyMap<string, Source> {
    return this.opened.loaded;
  }

  /** A version is being opened here. */
  get busyLoading(): boolean {
    return this.opened.loading;
  }

  /** Whether it can run this servable. */
  holds(key: string): boolean {
    return !this.lane.holdsModels || this.held.has(key);
  }

  /** Opens a version. @throws HeadgateError with the reason */
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

  /** Ends the thread as a crash would. What it held is answered `unavailable`; it is restarted. */
  async kill(): Promise<void> {
    await this.thread.kill();
  }

  /** Finishes what it has, then ends. */
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
    if (restartInMs !== undefined) this.setup.events.died(this, reason, jobs, restartInMs);
  }

  private reopen(): void {
    for (const [key, source] of this.opened.reopen()) this.thread.post({ kind: "load", key, source });
  }
}
