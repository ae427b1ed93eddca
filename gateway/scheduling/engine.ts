/** Where batches are computed, as the scheduler sees it: the pool's workers, or a test's. */
import type { Done } from "../../engines/pool/messages.js";
import type { Work } from "../../engines/pool/worker-handle.js";
import type { Lane } from "../../engines/servable.js";

export interface Engine {
  /** A worker that has room for this servable now. */
  idleWorker(lane: Lane, key: string): EngineWorker | undefined;
  /** Milliseconds until one is expected to have room, for what it runs is about to end; undefined: it will tell. */
  roomIn(lane: Lane, key: string): number | undefined;
}

export interface EngineWorker {
  /** Input memory moves to the worker: the caller's views are empty afterwards. */
  run(work: Work): { readonly job: number; readonly done: Promise<Done> };
  /** Asks a running job to stop, if it can. */
  abort(job: number): void;
}
