/**
 * What a worker is sent to open a version, combined from its config and its folder, and what opening the version
 * reports. Pure.
 */
import type { Batching, Signature } from "../servable.js";
import type { BatchingSetting } from "./batching-setting.js";
import type { InlineTrial } from "./inline/trial-result.js";
import { type ModelConfig, signatureOf, warmRowsOf } from "./model-config.js";
import type { VersionFolder } from "./model-folder.js";
import type { ProviderFallback, ProviderName } from "./provider-names.js";
import type { TokenizerSettings } from "./text/tokenizer.js";

/** A model version for which a session is opened and checked against its golden answer. */
export interface ModelSource {
  readonly signature: Signature;
  /** The folder with the version's files. */
  readonly folder: string;
  /** Folders of the operator's choice that links in the folder may lead into, beside the folder itself. */
  readonly linkedFolders: readonly string[];
  readonly modelPath: string;
  readonly goldenPath: string;
  /** The digest of the model's settings that a signature covers. */
  readonly settingsDigest: string;
  /** Set for a model whose input is strings: how the `tokenizer.json` beside the graph is applied. */
  readonly tokenizer?: TokenizerSettings & { readonly maxBatchSize: number };
  /** The config's settings for computing rows of several requests together. */
  readonly rows: RowSettings;
  /** Bytes of the version's files. */
  readonly bytes: number;
  /** Execution providers in the order in which they are tried; null: the machine's own, chosen by `auto`. */
  readonly providers: readonly ProviderName[] | null;
  /** Why it is computed in workers only; absent: whether it may be computed on the thread of the sockets is tried. */
  readonly notInline?: string;
  /** The batch sizes of the warm-up runs, ascending; empty: the golden answer's run is enough. */
  readonly warmRows: readonly number[];
}

export interface RowSettings {
  /** Maximum rows in one batch; 0: the first dimension is not a batch. */
  readonly maxBatchSize: number;
  readonly batching: BatchingSetting;
  /** The result of an earlier proof of the same files on this backend; absent: the rows are proven now. */
  readonly known?: { readonly backend: string; readonly batching: Batching };
}

/** What opening a version reported. */
export interface LoadReport {
  /** The execution backend, for example `onnxruntime-cpu`. */
  readonly backend: string;
  readonly fellBack: readonly ProviderFallback[];
  /** Whether the version's rows may be computed together. */
  readonly batching: Batching;
  /** Sentences for the clients of the model beside its signature. */
  readonly notes: readonly string[];
  /** Whether it may be computed on the thread of the sockets as well. */
  readonly inline: InlineTrial;
}

/** @param providers used where the config names none; null: the machine's own, chosen by `auto` */
export function sourceOf(
  config: ModelConfig,
  folder: VersionFolder,
  providers: readonly ProviderName[] | null,
): ModelSource {
  return {
    signature: signatureOf(config, String(folder.version)),
    folder: folder.path,
    linkedFolders: folder.linkedFolders,
    modelPath: folder.modelPath,
    goldenPath: folder.goldenPath,
    settingsDigest: folder.settingsDigest,
    ...(config.tokenizer !== undefined && {
      tokenizer: { ...config.tokenizer, maxBatchSize: config.max_batch_size },
    }),
    rows: { maxBatchSize: config.max_batch_size, batching: config.batching },
    bytes: folder.bytes,
    providers: config.execution_providers ?? providers,
    warmRows: warmRowsOf(config),
  };
}
