/** Copies the files of a model: the graph, its external weights, a tokenizer, and transformers' labels. */
import { cp, mkdir, readFile, realpath, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { entriesOf } from "../folder-entries.js";
import { weightFiles } from "../inspection/external-data.js";
import type { ModelLimits } from "../inspection/model-limits.js";
import { inspectModel } from "../inspection/version-inspection.js";
import { whyNoModelFile } from "../no-model-file.js";
import { readPlainFile } from "../plain-file.js";
import { type SequenceOutput, withoutSequences } from "./sequence-outputs.js";
import { withoutZipMaps, type ZipMapOutput } from "./zip-map.js";

export interface ImportedFiles {
  readonly zipMaps: readonly ZipMapOutput[];
  readonly sequences: readonly SequenceOutput[];
  /** The copied files of weights, by their names in the model. */
  readonly weights: readonly string[];
}

/** Limit in bytes on transformers' config.json: 1 MiB. */
const labelBytesMax = 1_048_576;
/** The first file is required, the others are optional. */
export const tokenizerFiles = ["tokenizer.json", "tokenizer_config.json", "sentence_bert_config.json"];

/**
 * The path itself, or the graph's file in a folder as exporters write it.
 * @throws when there is none
 */
export async function graphPath(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) throw new Error(`${path}: there is no such file`);
  if (!found.isDirectory()) return path;
  const inside = join(path, "model.onnx");
  if ((await stat(inside).catch(() => undefined)) === undefined)
    throw new Error(`${path} is a folder without model.onnx: name the .onnx file${await suchAs(path)}`);
  return inside;
}

/** Suggests another .onnx file in the folder or in its folders. */
async function suchAs(path: string): Promise<string> {
  const found = (await entriesOf(path)).find((entry) => entry.endsWith(".onnx"));
  return found === undefined ? "" : `, such as ${join(path, found)}`;
}

/**
 * Writes `model.onnx` and the files that it needs into a version's folder.
 * @throws when ONNX Runtime is not to be given the model, or a file of its weights is missing or leads elsewhere
 */
export async function importFiles(
  path: string,
  version: string,
  limits: ModelLimits,
): Promise<ImportedFiles> {
  const reason = await whyNoModelFile(path);
  if (reason !== undefined) throw new Error(reason);
  // In the cache of Hugging Face's hub the graph and its weights are links to files that lie beside each other.
  const folders = [await realpath(dirname(path)), dirname(await realpath(path))];
  const { external } = await inspectModel(path, folders, limits);
  const { bytes: unzipped, replaced } = withoutZipMaps(path, await readFile(path));
  const { bytes, replaced: sequences } = withoutSequences(path, unzipped);
  const weights = weightFiles(path, external);
  await mkdir(version, { recursive: true });
  await writeFile(join(version, "model.onnx"), bytes);
  for (const name of weights) {
    await mkdir(dirname(join(version, name)), { recursive: true });
    await cp(join(dirname(path), name), join(version, name), { dereference: true });
  }
  return { zipMaps: replaced, sequences, weights };
}

/**
 * @param given the tokenizer's own path; undefined: it lies beside the graph
 * @throws when there is no tokenizer
 */
export async function importTokenizer(
  path: string,
  given: string | undefined,
  version: string,
): Promise<void> {
  const [first = "", ...more] = tokenizerFiles;
  const tokenizer = given ?? join(await tokenizerFolder(path, first), first);
  await cp(tokenizer, join(version, first), { dereference: true }).catch(() => {
    throw new Error(
      `${path} takes token ids and ${tokenizer} is not there: pass --tokenizer FILE, the tokenizer.json that the model was trained with`,
    );
  });
  for (const name of more)
    await cp(join(dirname(tokenizer), name), join(version, name), { dereference: true }).catch(
      () => undefined,
    ); // the file is optional
}

/**
 * The graph's folder; or the folder above it where that holds the tokenizer, because sentence-transformers puts its
 * graphs into a folder `onnx`.
 */
async function tokenizerFolder(path: string, name: string): Promise<string> {
  const folder = dirname(path);
  if (basename(folder) !== "onnx") return folder;
  const isHere = await stat(join(folder, name)).catch(() => undefined);
  return isHere === undefined ? dirname(folder) : folder;
}

/** The names of an output's columns in transformers' config.json beside the graph. */
export async function labelsBeside(path: string): Promise<string | undefined> {
  const text = await readPlainFile(join(dirname(path), "config.json"), labelBytesMax).catch(() => "{}");
  try {
    const { id2label } = JSON.parse(text) as { id2label?: Record<string, unknown> };
    if (typeof id2label !== "object" || id2label === null) return undefined;
    const columns = Object.entries(id2label).map(([id, label]) => `${id} ${String(label)}`);
    return `The columns' labels: ${columns.join(", ")}.`;
  } catch {
    return undefined;
  }
}
