/** The workers, by lane. Small models and long fits have lanes of their own, so that neither waits for the other. */
import type { Lane } from "../servable.js";
import type { ModelSource } from "./messages.js";
import { type HandleSetup, WorkerHandle } from "./worker-handle.js";

export interface PoolOptions extends HandleSetup {
  readonly modelWorkers: number;
  readonly numericWorkers: number;
}

/**
 * Batches handed to a worker before it asks. Two for models: the next batch is at the worker while the
 * last one's answers are on their way back. One for fits: a queued fit could not be cancelled.
 */
const depths: Readonly<Record<Lane, number>> = { models: 2, numerics: 1 };

export class Pool {
  readonly workers: readonly WorkerHandle[];

  constructor(options: PoolOptions) {
    const make = (lane: Lane, index: number) => new WorkerHandle(index, lane, depths[lane], options);
    this.workers = [
      ...Array.from({ length: options.modelWorkers }, (_, index) => make("models", index)),
      ...Array.from({ length: options.numericWorkers }, (_, index) => make("numerics", index)),
    ];
  }

  /** Opens a model in `count` workers, those with the fewest first. @throws HeadgateError with the reason */
  async load(key: string, source: ModelSource, count: number): Promise<void> {
    const lane = this.workers.filter((worker) => worker.lane === "models");
    const chosen = lane.sort((a, b) => a.modelCount - b.modelCount).slice(0, count);
    await Promise.all(chosen.map((worker) => worker.load(key, source)));
  }

  /** The worker with the most room that can run this servable now. */
  idleWorker(lane: Lane, key: string): WorkerHandle | undefined {
    let best: WorkerHandle | undefined;
    for (const worker of this.workers)
      if (worker.lane === lane && worker.room > (best?.room ?? 0) && worker.holds(key)) best = worker;
    return best;
  }

  /** Whether any worker has this model open. */
  holds(key: string): boolean {
    return this.workers.some((worker) => worker.lane === "models" && worker.holds(key));
  }

  async close(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.close()));
  }
}
