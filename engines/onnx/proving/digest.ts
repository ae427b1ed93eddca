/** The hash of everything that a version's proof depends on: its files, its config and the runtime's environment. */
import { createHash, type Hash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";
import { entriesMax, entriesOf } from "../folder-entries.js";
import type { ModelSource } from "../model-source.js";
import { rowProofEdition } from "../row-proof.js";

/**
 * @param environment the runtime's version and settings
 * @throws naming a path that is not a regular file: reading a named pipe would wait forever
 */
export async function digestOf(source: ModelSource, environment: string): Promise<string> {
  const folder = dirname(source.modelPath);
  const hash = createHash("sha256").update(JSON.stringify([environment, asked(source)]));
  for (const path of await filesOf(folder)) await addFile(hash, folder, path);
  if (dirname(source.goldenPath) !== folder)
    await addFile(hash, dirname(source.goldenPath), source.goldenPath);
  return hash.digest("hex");
}

/** The config's fields that affect how the version is opened and run; its name and descriptions do not. */
function asked(source: ModelSource): unknown {
  const { signature, tokenizer, providers, warmRows, rows, modelPath, goldenPath } = source;
  const tensors = [signature.inputs, signature.outputs].map((specs) =>
    specs.map(({ name, datatypes, shape }) => [name, datatypes, shape]),
  );
  const batches = [rows.maxBatchSize, rows.batching, rowProofEdition];
  const names = [basename(modelPath), basename(goldenPath)];
  return [tensors, tokenizer ?? null, providers, warmRows, batches, ...names];
}

async function filesOf(folder: string): Promise<string[]> {
  const entries = await entriesOf(folder);
  if (entries.length > entriesMax)
    throw new Error(`${folder} has more than ${entriesMax} files: a version needs a few`);
  const found: string[] = [];
  for (const path of entries.map((entry) => join(folder, entry))) {
    const status = await stat(path);
    if (status.isDirectory()) continue;
    if (!status.isFile()) throw new Error(`${path} is no plain file: replace it with one, or remove it`);
    found.push(path);
  }
  return found;
}

async function addFile(hash: Hash, folder: string, path: string): Promise<void> {
  const { size } = await stat(path);
  hash.update(JSON.stringify([relative(folder, path), size]));
  for await (const chunk of createReadStream(path, { highWaterMark: 1_048_576 }))
    hash.update(chunk as Buffer);
}
