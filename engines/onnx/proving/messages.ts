/**
 * The tasks of a proving process and their results. A new kind of task is added only here and in `tasks.ts`, which
 * runs it.
 */

import type { Batching } from "../../servable.js";
import type { GoldenOptions, GoldenResult } from "../golden-maker/make-golden.js";
import type { ImportOptions, ImportResult } from "../import/import-options.js";
import type { ModelLimits } from "../inspection/model-limits.js";
import type { ModelSource } from "../model-source.js";
import type { ProviderFallback } from "../provider-names.js";
import type { TrustedKey } from "../signing/keys.js";
import type { SignedVersion, Verification } from "../signing/verify.js";

export type ProvingTask =
  /** Computes the hash of a version's files and of everything else that its proof depends on. */
  | { readonly kind: "digest"; readonly source: ModelSource; readonly environment: string }
  /** Opens a version, checks its golden answer and runs it at the batch sizes that it will serve. */
  | { readonly kind: "prove"; readonly source: ModelSource; readonly intraOpThreads: number }
  /** Makes a golden answer of a version. */
  | { readonly kind: "golden"; readonly options: GoldenOptions }
  /** Verifies a version's signature, and copies what it verifies into a new folder. */
  | {
      readonly kind: "verify";
      readonly version: SignedVersion;
      readonly trusted: readonly TrustedKey[];
      readonly copyTo: string;
    }
  /** Adds a model to a repository. */
  | { readonly kind: "add"; readonly addition: ImportOptions };

/** The result of each kind of task. */
export interface ProvingResults {
  readonly digest: string;
  readonly golden: GoldenResult;
  readonly prove: Proof;
  readonly verify: Verification;
  readonly add: ImportResult;
}

export type ProvingResult<T extends ProvingTask> = ProvingResults[T["kind"]];

/** The results of proving a version in a process of its own. */
export interface Proof {
  readonly backend: string;
  readonly fellBack: readonly ProviderFallback[];
  /** Whether rows of several requests may be computed together. */
  readonly batching: Batching;
  /** Sentences for the clients of the model beside its signature. */
  readonly notes: readonly string[];
  readonly memory: InstanceMemory;
  readonly runs: readonly MeasuredRun[];
}

/** Bytes of one instance, without the bytes of the process itself. */
export interface InstanceMemory {
  /** The peak while the version is opened. */
  readonly opening: number;
  /** The bytes afterwards: weights, and the activations that ONNX Runtime keeps for the largest batch. */
  readonly resident: number;
}

export interface MeasuredRun {
  readonly rows: number;
  /** Milliseconds inside the engine. */
  readonly ms: number;
  /** Resident bytes after the run, as in `InstanceMemory.resident`. */
  readonly bytes: number;
}

export interface ProvingRequest {
  readonly id: number;
  readonly task: ProvingTask;
}

export type ProvingReply =
  /** `left`: bytes that the process holds beyond its initial ones while no version is open in it. */
  | { readonly kind: "answered"; readonly id: number; readonly result: unknown; readonly left: number }
  | { readonly kind: "refused"; readonly id: number; readonly reason: string; readonly left: number }
  /** The process exceeded its memory limit and ends. */
  | { readonly kind: "over"; readonly bytes: number };

/** The settings with which a proving process is started. */
export interface ProvingProcessSetup {
  /** Limit on the bytes that the process may take beyond its initial ones. */
  readonly memoryBytes: number;
  /** The niceness of the process. */
  readonly nice: number;
  /** What a version may be made of; a larger one is refused before ONNX Runtime opens it. */
  readonly limits: ModelLimits;
}

/** The settings with which the process's model thread is started. */
export interface ProvingThreadSetup {
  /** One Int32: the process's peak in KiB since it was last set to 0. */
  readonly peak: SharedArrayBuffer;
  readonly limits: ModelLimits;
}
