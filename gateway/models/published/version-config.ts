/** The number of a version that is published, and the model's config with it. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { ModelFolder } from "../../../engines/onnx/model-folder.js";
import type { Publication } from "../../../protocol/train-frames.js";
import { refused } from "./publication-rules.js";
import { type ConfigFile, choices, signatureDifference } from "./published-config.js";
import type { StagedVersion } from "./staged-version.js";

/** @throws HeadgateError failed_precondition where the version exists */
export function requireFreeVersion({ model, version }: Publication, known: ModelFolder | undefined): number {
  const numbers = known?.versions.map((each) => each.version) ?? [];
  if (version === undefined) return Math.max(0, ...numbers) + 1;
  if (numbers.includes(Number(version)))
    throw refused(`publish.version: ${model} has a version ${version} already: choose another, or none`);
  return Number(version);
}

/** @throws HeadgateError failed_precondition that names how it differs from the earlier versions */
export async function configFileOf(
  publication: Publication,
  version: number,
  { config }: StagedVersion,
  known: ModelFolder | undefined,
): Promise<ConfigFile> {
  if (known === undefined) return { ...config, ...choices(version, publication, undefined) };
  if ("reason" in known.config) throw refused(`publish.model: mend its config first: ${known.config.reason}`);
  const difference = signatureDifference(known.config, config);
  if (difference !== undefined)
    throw refused(`publish.model: ${publication.model}: ${difference}: choose another name`);
  const before = JSON.parse(await readFile(join(known.path, "config.json"), "utf8")) as ConfigFile;
  const versions = known.versions.map((each) => each.version);
  const description = config["description"] ?? before["description"] ?? "";
  const policy = config["policy"] ?? before["policy"];
  const own = { ...before, description, ...(policy !== undefined && { policy }) };
  return { ...own, ...choices(version, publication, { config: known.config, versions }) };
}
