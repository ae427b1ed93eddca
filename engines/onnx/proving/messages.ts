/**
 * What is asked of a proving process, and what it answers. A kind of task is added here, in `tasks.ts` which does
 * it, and nowhere else.
 */

import type { Batching } from "../../servable.js";
import type { Added, Addition } from "../bring/addition.js";
import type { ModelSource } from "../model-source.js";
import type { FellBack } from "../provider-names.js";

export type Task =
  /** The hash of a version's files and of all else that its proof depends on. */
  | { readonly kind: "digest"; readonly source: ModelSource; readonly environment: string }
  /** Opens a version, asks it for its golden answer and runs it at the sizes it will be asked. */
  | { readonly kind: "prove"; readonly source: ModelSource; readonly intraOpThreads: number }
  /** Brings a model into a repository. */
  | { readonly kind: "add"; readonly addition: Addition };

/** What each kind of task answers. */
export interface Results {
  readonly digest: string;
  readonly prove: Proof;
  readonly add: Added;
}

export type ResultOf<T extends Task> = Results[T["kind"]];

/** What a version took and did where it could harm nobody. */
export interface Proof {
  readonly backend: string;
  readonly fellBack: readonly FellBack[];
  /** Whether rows of several requests may be computed together. */
  readonly batching: Batching;
  readonly memory: Memory;
  readonly runs: readonly MeasuredRun[];
}

/** Bytes of one instance, beyond what the process takes without it. */
export interface Memory {
  /** While it is opened, at most. */
  readonly opening: number;
  /** Afterwards: weights, and what its runs keep for activations at the largest batch. */
  readonly resident: number;
}

export interface MeasuredRun {
  readonly rows: number;
  /** Milliseconds inside the engine. */
  readonly ms: number;
  /** Resident after it, as `Memory.resident`. */
  readonly bytes: number;
}

export interface ToChild {
  readonly id: number;
  readonly task: Task;
}

export type FromChild =
  /** `left`: bytes that the process holds beyond what it began with, now that nothing is open in it. */
  | { readonly kind: "answered"; readonly id: number; readonly result: unknown; readonly left: number }
  | { readonly kind: "refused"; readonly id: number; readonly reason: string; readonly left: number }
  /** It takes more memory than it may, and ends. */
  | { readonly kind: "over"; readonly bytes: number };

/** What a proving process is started with. */
export interface ChildSetup {
  /** Bytes that it may take beyond what it begins with. */
  readonly memoryBytes: number;
  /** Somebody waits for answers meanwhile: it gets the time that is left over. */
  readonly gentle: boolean;
}

/** What the process's own thread is started with. */
export interface ThreadSetup {
  /** One Int32: the KiB that the process held at most since they were last set to 0. */
  readonly peak: SharedArrayBuffer;
}
