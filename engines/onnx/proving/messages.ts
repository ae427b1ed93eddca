/**
 * What is asked of a proving process, and what it answers. A kind of task is added here, in `tasks.ts` which does
 * it, and nowhere else.
 */

import type { Batching } from "../../servable.js";
import type { GoldenOptions, GoldenResult } from "../golden-maker/make-golden.js";
import type { ImportOptions, ImportResult } from "../import/import-options.js";
import type { ModelSource } from "../model-source.js";
import type { ProviderFallback } from "../provider-names.js";

export type ProvingTask =
  /** The hash of a version's files and of all else that its proof depends on. */
  | { readonly kind: "digest"; readonly source: ModelSource; readonly environment: string }
  /** Opens a version, asks it for its golden answer and runs it at the sizes it will be asked. */
  | { readonly kind: "prove"; readonly source: ModelSource; readonly intraOpThreads: number }
  /** Makes a golden answer of a version. */
  | { readonly kind: "golden"; readonly options: GoldenOptions }
  /** Brings a model into a repository. */
  | { readonly kind: "add"; readonly addition: ImportOptions };

/** What each kind of task answers. */
export interface ProvingResults {
  readonly digest: string;
  readonly golden: GoldenResult;
  readonly prove: Proof;
  readonly add: ImportResult;
}

export type ProvingResult<T extends ProvingTask> = ProvingResults[T["kind"]];

/** What a version took and did where it could harm nobody. */
export interface Proof {
  readonly backend: string;
  readonly fellBack: readonly ProviderFallback[];
  /** Whether rows of several requests may be computed together. */
  readonly batching: Batching;
  /** What whoever asks it should know beside its signature, a sentence each. */
  readonly notes: readonly string[];
  readonly memory: InstanceMemory;
  readonly runs: readonly MeasuredRun[];
}

/** Bytes of one instance, beyond what the process takes without it. */
export interface InstanceMemory {
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

export interface ProvingRequest {
  readonly id: number;
  readonly task: ProvingTask;
}

export type ProvingReply =
  /** `left`: bytes that the process holds beyond what it began with, now that nothing is open in it. */
  | { readonly kind: "answered"; readonly id: number; readonly result: unknown; readonly left: number }
  | { readonly kind: "refused"; readonly id: number; readonly reason: string; readonly left: number }
  /** It takes more memory than it may, and ends. */
  | { readonly kind: "over"; readonly bytes: number };

/** What a proving process is started with. */
export interface ProvingProcessSetup {
  /** Bytes that it may take beyond what it begins with. */
  readonly memoryBytes: number;
  /** Somebody waits for answers meanwhile: it gets the time that is left over. */
  readonly gentle: boolean;
}

/** What the process's own thread is started with. */
export interface ProvingThreadSetup {
  /** One Int32: the KiB that the process held at most since they were last set to 0. */
  readonly peak: SharedArrayBuffer;
}
