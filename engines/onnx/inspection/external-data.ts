/** Confines the files that hold a model's weights to the version's own folder. */
import { stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type ConfinedFolders, realPathWithin } from "../confinement.js";
import type { ExternalTensor } from "./tensor-inspection.js";

/** ONNX Runtime takes tensors of this location from an address in memory, which a file has no business to name. */
const memoryMark = "_ORT_MEM_ADDR_";

/**
 * Each location once, relative to the model's own folder as the model names it.
 * @throws when a location is not a path inside that folder
 */
export function weightFiles(path: string, external: readonly ExternalTensor[]): string[] {
  const found = new Set<string>();
  for (const { tensor, location } of external) {
    if (location === "") throw new Error(`${path}: tensor ${tensor} lies in a file without a name`);
    if (!isBeside(location))
      throw new Error(
        `${path}: its weights lie in ${JSON.stringify(location.slice(0, 200)).slice(1, -1)}, outside the model's own folder. Save it anew with the weights beside it: onnx.save_model(model, path, save_as_external_data=True, location="weights.data")`,
      );
    found.add(location);
  }
  return [...found].sort();
}

/** Whether a location is a plain relative path. Whether links lead out of the folder is another question. */
function isBeside(location: string): boolean {
  if (location.includes(memoryMark) || /[\p{Cc}\\]|^\/|^[A-Za-z]:/u.test(location)) return false;
  return !location.split("/").includes("..");
}

/**
 * Checks every file of weights: it is a plain file, lies in one of the folders once links are followed, and has the
 * bytes that each tensor takes from it.
 * @throws naming the file or the tensor
 */
export async function requireWeights(
  path: string,
  external: readonly ExternalTensor[],
  folders: ConfinedFolders,
): Promise<void> {
  const sizes = new Map<string, number>();
  for (const location of weightFiles(path, external)) {
    const file = join(dirname(path), location);
    const status = await stat(await weightsPath(path, location, folders));
    if (!status.isFile()) throw new Error(`${file} is no plain file: replace it with one, or remove it`);
    sizes.set(location, status.size);
  }
  for (const { tensor, location, offset, length, bytes } of external) {
    const size = sizes.get(location) ?? 0;
    const from = offset ?? 0;
    const taken = length ?? bytes ?? 0;
    if (from + taken > size)
      throw new Error(
        `${path}: tensor ${tensor} takes bytes ${from} to ${from + taken} of ${location}, which has ${size}: copy it again, all of it`,
      );
    if (length !== null && bytes !== null && length !== bytes)
      throw new Error(
        `${path}: tensor ${tensor} announces ${bytes} bytes and takes ${length} of ${location}`,
      );
  }
}

function weightsPath(path: string, location: string, folders: ConfinedFolders): Promise<string> {
  return realPathWithin(join(dirname(path), location), folders).catch((error: NodeJS.ErrnoException) => {
    throw error.code === "ENOENT"
      ? new Error(`${path}: its weights ${location} are not beside it; copy that file there too`)
      : error;
  });
}
