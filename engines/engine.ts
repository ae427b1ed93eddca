/**
 * The port of what computes, as those see it who schedule: workers that are given batches. Threads of this process
 * stand behind it (engines/pool), or a test's; another process or machine could.
 */
import type { Tensor } from "../protocol/tensor.js";
import type { Lane } from "./lane.js";
import type { Parameters } from "./servable.js";

export interface Engine {
  /** A worker of the lane that has room for this servable now. */
  idleWorker(lane: Lane, key: string): EngineWorker | undefined;
  /** Milliseconds until one is expected to have room, for what it runs is about to end; undefined: it will tell. */
  msUntilRoom(lane: Lane, key: string): number | undefined;
}

export interface EngineWorker {
  /** Input memory may move to the worker: the caller's views are empty afterwards. */
  run(work: ExecutionRequest): Execution;
  /** Asks a running job to stop, if it can; one that is over, or never was, is let be. */
  abort(job: number): void;
}

export interface ExecutionRequest {
  /** What engines know the servable by. */
  readonly key: string;
  readonly inputs: Tensors;
  readonly parameters: Parameters;
  /** Those to compute; null: all. */
  readonly outputs: readonly string[] | null;
}

export interface Execution {
  /** By which it is aborted; no two that a worker runs at once have the same. */
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
  /** Rows that cannot be answered, though the rest of the batch can. */
  readonly refused?: readonly RefusedRow[];
}

export interface RefusedRow {
  /** Of the batch. */
  readonly row: number;
  /** Names the input. */
  readonly reason: string;
}
