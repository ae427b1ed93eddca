/** The workers, by lane. Small models and long fits have lanes of their own, so that neither waits for the other. */
import type { Lane } from "../servable.js";
import type { LoadReport, ModelSource } from "./messages.js";
import { leastLoaded } from "./placement.js";
import { type HandleSetup, WorkerHandle } from "./worker-handle.js";

export interface PoolOptions extends HandleSetup {
  /** Threads that models share from the start. */
  readonly modelWorkers: number;
  /** Threads for models at most, those that versions came in while serving included. */
  readonly modelThreadsMax: number;
  readonly numericWorkers: number;
}

export interface Aside {
  /** Threads that hold it. */
  readonly count: number;
  /** It lives in a thread of its own whose work gives way to everybody else's. */
  readonly background: boolean;
}

/**
 * Batches handed to a worker before it asks. Two for models: the next batch is at the worker while the
 * last one's answers are on their way back, though not before that one is about to end. One for fits: a queued fit could not be cancelled.
 */
const depths: Readonly<Record<Lane, number>> = { models: 2, numerics: 1 };

export class Pool {
  private all: WorkerHandle[];
  /** Workers that a version is being brought to or away from: nothing else is. */
  private readonly reserved = new Set<WorkerHandle>();
  private readonly ending = new Set<Promise<void>>();
  private made = 0;
  private closed = false;

  constructor(private readonly options: PoolOptions) {
    this.all = [
      ...Array.from({ length: options.modelWorkers }, () => this.make("models")),
      ...Array.from({ length: options.numericWorkers }, () => this.make("numerics")),
    ];
  }

  get workers(): readonly WorkerHandle[] {
    return this.all;
  }

  /** Opens a model in `count` of the workers there are, those with the least to do first. @throws HeadgateError with the reason */
  async load(key: string, source: ModelSource, count: number): Promise<LoadReport> {
    const lane = this.modelWorkers().filter((worker) => !worker.background);
    const chosen = leastLoaded(lane, count);
    return first(await Promise.all(chosen.map((worker) => worker.load(key, source))));
  }

  /**
   * Opens a model in threads that serve nothing meanwhile, so that nobody waits for it. Beyond
   * `modelThreadsMax` the threads with the least to do are opened again in the new one, and end.
   * @throws HeadgateError with the reason; nothing of it is kept then
   */
  async loadAside(key: string, source: ModelSource, { count, background }: Aside): Promise<LoadReport> {
    if (this.closed) throw new Error(`${key}: the pool is closed`);
    const threads = background ? 1 : Math.min(count, this.options.modelWorkers);
    const fresh = Array.from({ length: threads }, () => this.fresh(background));
    try {
      const reports = await Promise.all(fresh.map((worker) => worker.load(key, source)));
      if (!background) for (const worker of fresh) await this.gatherInto(worker);
      return first(reports);
    } catch (error) {
      for (const worker of fresh) worker.unload(key);
      throw error;
    } finally {
      for (const worker of fresh) this.reserved.delete(worker);
      this.endSurplus();
    }
  }

  /** Closes a model wherever it is open; what was handed over before is still answered. */
  unload(key: string): void {
    for (const worker of this.all) if (worker.lane === "models" && worker.holds(key)) worker.unload(key);
    this.endSurplus();
  }

  /** The worker with the most room that can run this servable now. */
  idleWorker(lane: Lane, key: string): WorkerHandle | undefined {
    let best: WorkerHandle | undefined;
    for (const worker of this.all)
      if (worker.lane === lane && worker.room > (best?.room ?? 0) && worker.holds(key)) best = worker;
    return best;
  }

  /** Milliseconds until a worker that can run this servable has room, where none has; undefined: one will tell. */
  roomIn(lane: Lane, key: string): number | undefined {
    let soonest: number | undefined;
    for (const worker of this.all) {
      if (worker.lane !== lane || !worker.holds(key)) continue;
      const { roomIn } = worker;
      if (roomIn !== undefined && (soonest === undefined || roomIn < soonest)) soonest = roomIn;
    }
    return soonest;
  }

  /** Whether any worker has this model open. */
  holds(key: string): boolean {
    return this.all.some((worker) => worker.lane === "models" && worker.holds(key));
  }

  async close(): Promise<void> {
    this.closed = true;
    await Promise.all([...this.all.map((worker) => worker.close()), ...this.ending]);
  }

  private modelWorkers(): WorkerHandle[] {
    return this.all.filter((worker) => worker.lane === "models");
  }

  private make(lane: Lane, background = false): WorkerHandle {
    return new WorkerHandle(this.made++, lane, depths[lane], this.options, background);
  }

  /** A worker that holds nothing, reserved for the caller. */
  private fresh(background: boolean): WorkerHandle {
    const empty = this.modelWorkers().find((worker) => !worker.background && this.unused(worker));
    const worker = background || empty === undefined ? this.make("models", background) : empty;
    if (worker !== empty) this.all.push(worker);
    this.reserved.add(worker);
    return worker;
  }

  private unused(worker: WorkerHandle): boolean {
    return worker.modelCount === 0 && !worker.busyLoading && !this.reserved.has(worker);
  }

  /** While there are too many threads, what the one with the least to do holds is opened here, and closed there. */
  private async gatherInto(worker: WorkerHandle): Promise<void> {
    for (;;) {
      const lane = this.modelWorkers().filter((each) => !each.background && !this.unused(each));
      const others = lane.filter(
        (each) => !this.reserved.has(each) && !each.busyLoading && !shareModel(each, worker),
      );
      const [least] = others.sort((a, b) => a.busy - b.busy || bytesOf(a) - bytesOf(b));
      if (lane.length <= this.options.modelThreadsMax || least === undefined) return;
      this.reserved.add(least);
      const moved = [...least.held];
      const opened = await Promise.allSettled(moved.map(([key, source]) => worker.load(key, source)));
      this.reserved.delete(least);
      moved.forEach(([key], at) => {
        if (opened[at]?.status !== "fulfilled") return;
        if (least.holds(key)) least.unload(key);
        else worker.unload(key); // closed everywhere meanwhile
      });
      if (least.modelCount > 0) return; // some did not open again: they stay where they are
      this.endSurplus();
    }
  }

  /** Ends workers that hold nothing, beyond those that models share from the start. */
  private endSurplus(): void {
    for (const worker of this.modelWorkers()) {
      const standing = this.modelWorkers().filter((each) => !each.background).length;
      if (!this.unused(worker) || (!worker.background && standing <= this.options.modelWorkers)) continue;
      this.all = this.all.filter((each) => each !== worker);
      const ended = worker.retire().finally(() => this.ending.delete(ended));
      this.ending.add(ended);
    }
  }
}

/** Two instances of one model are two threads' work. */
function shareModel(a: WorkerHandle, b: WorkerHandle): boolean {
  return [...a.held.keys()].some((key) => b.holds(key));
}

function bytesOf(worker: WorkerHandle): number {
  return [...worker.held.values()].reduce((sum, { bytes }) => sum + bytes, 0);
}

function first(reports: readonly LoadReport[]): LoadReport {
  return reports[0] as LoadReport;
}
