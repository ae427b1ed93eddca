/** The hash of everything that a version's proof depends on: its files, its config and the runtime's environment. */
import { createHash, type Hash } from "node:crypto";
import { createReadStream } from "node:fs";
import { relative } from "node:path";
import { versionFiles } from "../inspection/version-inspection.js";
import type { ModelSource } from "../model-source.js";
import { rowProofEdition } from "../row-proof.js";
import { signatureFiles } from "../signing/manifest.js";

/**
 * @param environment the runtime's version and settings
 * @throws naming a path that is not a regular file or leads out of the folder: reading a named pipe would wait forever
 */
export async function digestOf(source: ModelSource, environment: string): Promise<string> {
  const hash = createHash("sha256").update(JSON.stringify([environment, asked(source)]));
  for (const { name, path, status } of await versionFiles(source))
    if (!signatureFiles.includes(name)) await addFile(hash, { name, path, bytes: status.size });
  return hash.digest("hex");
}

/** The config's fields that affect how the version is opened and run; its name and descriptions do not. */
function asked(source: ModelSource): unknown {
  const { signature, tokenizer, providers, warmRows, rows, folder, modelPath, goldenPath } = source;
  const tensors = [signature.inputs, signature.outputs].map((specs) =>
    specs.map(({ name, datatypes, shape }) => [name, datatypes, shape]),
  );
  const batches = [rows.maxBatchSize, rows.batching, rowProofEdition];
  const names = [modelPath, goldenPath].map((path) => relative(folder, path));
  return [tensors, tokenizer ?? null, providers, warmRows, batches, ...names];
}

interface HashedFile {
  readonly name: string;
  readonly path: string;
  readonly bytes: number;
}

async function addFile(hash: Hash, { name, path, bytes }: HashedFile): Promise<void> {
  hash.update(JSON.stringify([name, bytes]));
  for await (const chunk of createReadStream(path, { highWaterMark: 1_048_576 }))
    hash.update(chunk as Buffer);
}
