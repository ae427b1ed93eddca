/** What a worker is given of a version: its config and its folder as one. Pure. */
import type { ModelSource } from "../pool/messages.js";
import { type ModelConfig, signatureOf, warmRowsOf } from "./model-config.js";
import type { ProviderName } from "./provider-names.js";
import type { VersionFolder } from "./repository.js";

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
