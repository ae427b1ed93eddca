/**
 * The interface between the scheduler and the engines: the scheduler asks for a worker with room and gives it a
 * batch. Worker threads and the thread of the sockets implement it (engines/pool), and fakes in tests; remote workers
 * could.
 */
import type { Tensor } from "../protocol/tensor.js";
import type { Lane } from "./lane.js";
import type { Parameters } from "./servable.js";

export interface Engine {
  /** Called in each turn of the event loop before workers are asked for. */
  beginTurn(): void;
  /**
   * A worker of the lane that has room for this servable now.
   * @param rows the rows that wait for it: its next batch has as many, or fewer
   */
  idleWorker(lane: Lane, key: string, rows: number): EngineWorker | undefined;
  /** Milliseconds until a worker is expected to have room; undefined: not known, its `idle` event says when. */
  msUntilRoom(lane: Lane, key: string): number | undefined;
}

export interface EngineWorker {
  /** Input memory may move to the worker: the caller's views are empty afterwards. */
  run(work: ExecutionRequest): Execution;
  /** Asks a running job to stop. Does nothing where the job cannot be stopped, has ended or is unknown. */
  abort(job: number): void;
}

export interface ExecutionRequest {
  /** The servable's key in the engines: `engineKey` of engines/servable.ts. */
  readonly key: string;
  readonly inputs: Tensors;
  readonly parameters: Parameters;
  /** Names of the outputs to compute; null: all. */
  readonly outputs: readonly string[] | null;
}

export interface Execution {
  /** The number that `abort` takes; unique among the jobs that a worker runs at one time. */
  readonly job: number;
  /** Rejected with a HeadgateError where the cause is known; settles exactly once. */
  readonly done: Promise<ExecutionResult>;
}

export type Tensors = Readonly<Record<string, Tensor>>;

export interface ExecutionResult {
  readonly outputs: Tensors;
  /** Milliseconds inside the engine. */
  readonly computeMs: number;
  readonly backend: string;
  readonly precision: string;
  /** Set when it was computed on the thread of the sockets, in place of a worker's. */
  readonly inline?: true;
  /** Rows that cannot be answered, though the rest of the batch can. */
  readonly refused?: readonly RefusedRow[];
}

export interface RefusedRow {
  /** Index of the row in the batch. */
  readonly row: number;
  /** Why the row cannot be answered, with the name of the input. */
  readonly reason: string;
}
