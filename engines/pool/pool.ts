/** The workers of one lane, and, where the lane holds models, the choice of the workers that load a version. */
import type { EngineWorker } from "../engine.js";
import type { Lane } from "../lane.js";
import type { SourceSize } from "./loaded-versions.js";
import { leastLoaded } from "./placement.js";
import { WorkerHandle, type WorkerHandleSetup } from "./worker-handle.js";

export interface PoolOptions<Settings = unknown> extends WorkerHandleSetup<Settings> {
  /** Workers from the start. */
  readonly workers: number;
  /** Workers at most, including those that were started to load a version while others serve. */
  readonly workersMax: number;
}

export interface ReservedWorkers {
  /** Threads that load it. */
  readonly count: number;
  /** It is loaded in one thread of low priority that other workers' work goes before. */
  readonly background: boolean;
}

/**
 * @typeParam Source what the lane's host opens a version from; never: its workers hold none
 * @typeParam Report what opening it shows
 */
export class Pool<Source extends SourceSize = never, Report = never> {
  readonly lane: Lane;
  private all: WorkerHandle<Source, Report>[];
  /** Workers that a version is being moved into or out of: no other load may choose them meanwhile. */
  private readonly reserved = new Set<WorkerHandle<Source, Report>>();
  private readonly ending = new Set<Promise<void>>();
  private made = 0;
  private closed = false;

  constructor(private readonly options: PoolOptions) {
    this.lane = options.lane;
    this.all = Array.from({ length: options.workers }, () => this.make());
  }

  get workers(): readonly WorkerHandle<Source, Report>[] {
    return this.all;
  }

  /** Opens a model in `count` of the workers there are, those with the least to do first. @throws HeadgateError with the reason */
  async load(key: string, source: Source, count: number): Promise<Report> {
    const standing = this.all.filter((worker) => !worker.background);
    const chosen = leastLoaded(standing, count);
    return first(await Promise.all(chosen.map((worker) => worker.load(key, source))));
  }

  /**
   * Opens a model in threads that serve nothing meanwhile, so that nobody waits for it. Beyond
   * `workersMax` the threads with the least to do are opened again in the new one, and end.
   * @throws HeadgateError with the reason; nothing of it is kept then
   */
  async loadInReservedWorkers(
    key: string,
    source: Source,
    { count, background }: ReservedWorkers,
  ): Promise<Report> {
    if (this.closed) throw new Error(`${key}: the pool is closed`);
    const threads = background ? 1 : Math.min(count, this.options.workers);
    const fresh = Array.from({ length: threads }, () => this.fresh(background));
    try {
      const reports = await Promise.all(fresh.map((worker) => worker.load(key, source)));
      if (!background) for (const worker of fresh) await this.consolidateInto(worker);
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
    for (const worker of this.all) if (worker.held.has(key)) worker.unload(key);
    this.endSurplus();
  }

  /** The worker with the most room that can run this servable now. */
  idleWorker(key: string): EngineWorker | undefined {
    let best: WorkerHandle<Source, Report> | undefined;
    let most = 0;
    for (const worker of this.all) {
      if (!worker.holds(key)) continue;
      const { room } = worker;
      if (room <= most) continue;
      best = worker;
      most = room;
    }
    return best;
  }

  /** Milliseconds until a worker that can run this servable has room; undefined: not known, its `idle` event says when. */
  msUntilRoom(key: string): number | undefined {
    let soonest: number | undefined;
    for (const worker of this.all) {
      if (!worker.holds(key)) continue;
      const { msUntilRoom } = worker;
      if (msUntilRoom !== undefined && (soonest === undefined || msUntilRoom < soonest))
        soonest = msUntilRoom;
    }
    return soonest;
  }

  /** Whether any worker can run this servable, once it has room. */
  holds(key: string): boolean {
    return this.all.some((worker) => worker.holds(key));
  }

  async close(): Promise<void> {
    this.closed = true;
    await Promise.all([...this.all.map((worker) => worker.close()), ...this.ending]);
  }

  private make(background = false): WorkerHandle<Source, Report> {
    return new WorkerHandle<Source, Report>(this.made++, this.options, background);
  }

  /** A worker that holds nothing, reserved for the caller. */
  private fresh(background: boolean): WorkerHandle<Source, Report> {
    const empty = this.all.find((worker) => !worker.background && this.unused(worker));
    const worker = background || empty === undefined ? this.make(background) : empty;
    if (worker !== empty) this.all.push(worker);
    this.reserved.add(worker);
    return worker;
  }

  private unused(worker: WorkerHandle<Source, Report>): boolean {
    return worker.modelCount === 0 && !worker.busyLoading && !this.reserved.has(worker);
  }

  /** While there are more than `workersMax` threads: loads into `worker` what the least busy one holds, and unloads it there. */
  private async consolidateInto(worker: WorkerHandle<Source, Report>): Promise<void> {
    for (;;) {
      const standing = this.all.filter((each) => !each.background && !this.unused(each));
      const others = standing.filter(
        (each) => !this.reserved.has(each) && !each.busyLoading && !shareModel(each, worker),
      );
      const [least] = others.sort((a, b) => a.busy - b.busy || bytesOf(a) - bytesOf(b));
      if (standing.length <= this.options.workersMax || least === undefined) return;
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

  /** Ends workers that hold nothing, beyond those there are from the start. */
  private endSurplus(): void {
    for (const worker of this.all) {
      const standing = this.all.filter((each) => !each.background).length;
      if (!this.unused(worker) || (!worker.background && standing <= this.options.workers)) continue;
      this.all = this.all.filter((each) => each !== worker);
      const ended = worker.retire().finally(() => this.ending.delete(ended));
      this.ending.add(ended);
    }
  }
}

/** Two instances of one model must stay in two threads, so that both can compute at once. */
function shareModel({ held }: SourceHolder, other: SourceHolder): boolean {
  return [...held.keys()].some((key) => other.held.has(key));
}

function bytesOf({ held }: SourceHolder): number {
  return [...held.values()].reduce((sum, { bytes }) => sum + bytes, 0);
}

interface SourceHolder {
  readonly held: ReadonlyMap<string, SourceSize>;
}

function first<Report>(reports: readonly Report[]): Report {
  return reports[0] as Report;
}
