/** The engine in this process: a pool of threads for each lane, so that no lane waits for another's work. */
import type { Engine, EngineWorker } from "../engine.js";
import type { Lane } from "../lane.js";
import type { WorkerFigures, WorkerLabel } from "./worker-handle.js";

/** A lane's pool, without the types of its sources and reports. */
export interface LanePool {
  readonly lane: Lane;
  readonly workers: readonly LocalWorker[];
  idleWorker(key: string): EngineWorker | undefined;
  msUntilRoom(key: string): number | undefined;
  close(): Promise<void>;
}

export interface LocalWorker extends EngineWorker, WorkerLabel {
  /** How many more jobs it takes now. */
  readonly room: number;
  /** Whether its thread runs at a low priority. */
  readonly background: boolean;
  /** What it does and has done. */
  figures(now: number): WorkerFigures;
  /** Ends the worker's thread as a crash would. */
  kill(): Promise<void>;
}

export class LocalEngine implements Engine {
  private readonly pools: ReadonlyMap<Lane, LanePool>;

  constructor(pools: readonly LanePool[]) {
    this.pools = new Map(pools.map((pool) => [pool.lane, pool]));
  }

  get workers(): readonly LocalWorker[] {
    return [...this.pools.values()].flatMap(({ workers }) => workers);
  }

  /** Workers have a thread each: a turn of the sockets' thread limits nothing. */
  beginTurn(): void {}

  idleWorker(lane: Lane, key: string): EngineWorker | undefined {
    return this.of(lane).idleWorker(key);
  }

  msUntilRoom(lane: Lane, key: string): number | undefined {
    return this.of(lane).msUntilRoom(key);
  }

  async close(): Promise<void> {
    await Promise.all([...this.pools.values()].map((pool) => pool.close()));
  }

  private of(lane: Lane): LanePool {
    const pool = this.pools.get(lane);
    if (pool === undefined) throw new Error(`no pool was made for the lane ${lane.name}`);
    return pool;
  }
}
