/** Which versions of a folder are to serve, and which of them have to be opened first. Pure. */
import { chooseVersions, type ModelConfig } from "../../engines/onnx/model-config.js";
import type { ModelFolder, VersionFolder } from "../../engines/onnx/model-folder.js";
import { identityOf, type Version } from "./version.js";

export interface KnownVersions {
  /** The versions that serve now, by number. */
  readonly held: ReadonlyMap<number, { readonly version: { readonly identity: string } }>;
  /** The versions that could not be served, by number. */
  readonly failed: ReadonlyMap<number, { readonly identity: string }>;
}

/**
 * Highest first. A version that failed is left out, unless it served before its files changed: then it continues
 * unchanged.
 */
export function wantedVersions(
  versions: readonly VersionFolder[],
  config: ModelConfig,
  { held, failed }: KnownVersions,
): number[] {
  const able = versions.filter(
    (each) => held.has(each.version) || failed.get(each.version)?.identity !== identityOf(config, each),
  );
  return chooseVersions(
    config,
    able.map(({ version }) => version),
  );
}

/** The first wanted version that is not served as it is on disk and has not failed in that form. */
export function nextToOpen(
  versions: readonly VersionFolder[],
  config: ModelConfig,
  known: KnownVersions,
): VersionFolder | undefined {
  for (const number of wantedVersions(versions, config, known)) {
    const found = versions.find(({ version }) => version === number);
    if (found === undefined) continue;
    const identity = identityOf(config, found);
    const served = known.held.get(number)?.version.identity === identity;
    if (!served && known.failed.get(number)?.identity !== identity) return found;
  }
  return undefined;
}

/** Whether a folder has this version, unchanged since it was read; a config that cannot be read changes nothing. */
export function isOnDisk(folder: ModelFolder | undefined, { number, identity }: Version): boolean {
  if (folder === undefined || "reason" in folder.config) return folder !== undefined;
  const { versions, config } = folder;
  return versions.some((each) => each.version === number && identityOf(config, each) === identity);
}
