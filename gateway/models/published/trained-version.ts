/** Finds the version that a job has published. */
import { join } from "node:path";
import type { ModelFolder } from "../../../engines/onnx/model-folder.js";
import { readPlainFile } from "../../../engines/onnx/plain-file.js";
import { trainingFile } from "./staged-version.js";

/** Limit in bytes on the file that tells a version's training: 1 MiB. */
const trainingBytesMax = 1_048_576;

export async function trainedVersion(
  folder: ModelFolder | undefined,
  job: string,
): Promise<number | undefined> {
  for (const { path, version } of [...(folder?.versions ?? [])].reverse()) {
    const text = await readPlainFile(join(path, trainingFile), trainingBytesMax).catch(() => "{}");
    try {
      const training = JSON.parse(text) as { readonly job?: unknown };
      if (training.job === job) return version;
    } catch {} // an operator's own file
  }
  return undefined;
}
