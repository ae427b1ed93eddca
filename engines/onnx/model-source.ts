/** What a worker is given of a version, its config and its folder as one, and what opening it showed. Pure. */
import type { Batching, Signature } from "../servable.js";
import type { BatchingSetting } from "./batching-setting.js";
import { type ModelConfig, signatureOf, warmRowsOf } from "./model-config.js";
import type { VersionFolder } from "./model-folder.js";
import type { ProviderFallback, ProviderName } from "./provider-names.js";
import type { TokenizerSettings } from "./text/tokenizer.js";

/** A model version to open a session for, and to prove on its golden answer. */
export interface ModelSource {
  readonly signature: Signature;
  readonly modelPath: string;
  readonly goldenPath: string;
  /** Of a model that is asked strings: how the `tokenizer.json` beside the graph is applied. */
  readonly tokenizer?: TokenizerSettings & { readonly maxBatchSize: number };
  /** What config.json says of rows that are computed together. */
  readonly rows: RowSettings;
  /** Of its files. */
  readonly bytes: number;
  /** Execution providers in the order to try them; null: what the machine has. */
  readonly providers: readonly ProviderName[] | null;
  /** Rows of the runs that warm it, ascending; empty: the golden run is enough. */
  readonly warmRows: readonly number[];
}

export interface RowSettings {
  /** 0: the first dimension is no batch. */
  readonly maxBatchSize: number;
  readonly batching: BatchingSetting;
  /** What was found of these files before, on this backend; absent: it is found out. */
  readonly known?: { readonly backend: string; readonly batching: Batching };
}

/** What opening a version showed. */
export interface LoadReport {
  /** Such as `onnxruntime-cpu`. */
  readonly backend: string;
  readonly fellBack: readonly ProviderFallback[];
  /** Of its rows. */
  readonly batching: Batching;
  /** What whoever asks it should know beside its signature, a sentence each. */
  readonly notes: readonly string[];
}

/** @param providers where the config names none; null: what the machine has */
export function sourceOf(
  config: ModelConfig,
  folder: VersionFolder,
  providers: readonly ProviderName[] | null,
): ModelSource {
  return {
    signature: signatureOf(config, String(folder.version)),
    modelPath: folder.modelPath,
    goldenPath: folder.goldenPath,
    ...(config.tokenizer !== undefined && {
      tokenizer: { ...config.tokenizer, maxBatchSize: config.max_batch_size },
    }),
    rows: { maxBatchSize: config.max_batch_size, batching: config.batching },
    bytes: folder.bytes,
    providers: config.execution_providers ?? providers,
    warmRows: warmRowsOf(config),
  };
}
