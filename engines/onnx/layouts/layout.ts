/**
 * Recognises the layout of a model's folder by the files in it: Headgate's own, another server's, or a graph alone.
 */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { isVersionLike } from "./stray-versions.js";

export interface Layout {
  readonly kind: "headgate" | "triton" | "mlflow" | "bare";
  /** The file that declares the model's inputs and outputs; null: only the graph does. */
  readonly configFile: string | null;
  /** The model's file lies in the folder itself, which counts as version 1, and not in folders of versions. */
  readonly isFlat: boolean;
}

const byConfigFile: readonly Layout[] = [
  { kind: "headgate", configFile: "config.json", isFlat: false },
  { kind: "triton", configFile: "config.pbtxt", isFlat: false },
  { kind: "mlflow", configFile: "MLmodel", isFlat: true },
];

/**
 * @param entries the names in the folder
 * @returns undefined when the folder holds no model, for example only notebooks
 */
export async function layoutOf(folder: string, entries: readonly string[]): Promise<Layout | undefined> {
  const known = byConfigFile.find(({ configFile }) => configFile !== null && entries.includes(configFile));
  if (known !== undefined) return known;
  if (entries.includes("model.onnx")) return { kind: "bare", configFile: null, isFlat: true };
  const isModel = (entry: string) =>
    stat(join(folder, entry, "model.onnx")).then(
      () => true,
      () => false,
    );
  for (const entry of entries)
    if (isVersionLike(entry) && (await isModel(entry)))
      return { kind: "bare", configFile: null, isFlat: false };
  return undefined;
}
