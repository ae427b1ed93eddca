/** The name of the virtual environment that the manifest in a folder leads to. */
import { EnvironmentError, readManifest } from "../environment.js";

/** Undefined where nothing is installed, or where the manifest cannot be read: the next installation replaces it. */
export function installedName(folder: string): string | undefined {
  try {
    return readManifest(folder)?.python.split("/")[0];
  } catch (error) {
    if (error instanceof EnvironmentError) return undefined;
    throw error;
  }
}
