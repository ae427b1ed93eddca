/** Removes a version, or a whole model, from a repository. */
import { rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { chooseVersions } from "../model-config.js";
import type { ModelFolder } from "../model-folder.js";
import { RepositoryReader } from "../repository.js";
import { modelNamed } from "./model-named.js";

export interface RemovalOptions {
  readonly models: string;
  readonly name: string;
  /** The version's number; absent: the whole model is removed. */
  readonly version?: number | undefined;
  /** Allows a removal that leaves the model without a served version. */
  readonly isConfirmed: boolean;
}

export interface CommandResult {
  /** Sentences that say what was removed, and what a running gateway will do. */
  readonly notes: readonly string[];
}

/** @throws with the reason and the remedy; nothing is removed then */
export async function removeModel(options: RemovalOptions): Promise<CommandResult> {
  const { models, name, version, isConfirmed } = options;
  const folder = await modelNamed(new RepositoryReader(models), models, name);
  const path = version === undefined ? folder.path : versionPath(folder, version);
  const left = version === undefined ? [] : servedWithout(folder, version);
  if (left.length === 0 && servedWithout(folder).length > 0 && !isConfirmed)
    throw new Error(
      `${path} is the last that serves of ${name}: pass --yes to remove it all the same, and requests for ${name} are refused from then on`,
    );
  const aside = join(models, `.removing-${name}-${process.pid}`);
  await rename(path, aside); // one rename, so that a gateway never reads a half-removed model
  await rm(aside, { recursive: true, force: true });
  const what = version === undefined ? `model ${name}` : `version ${version} of ${name}`;
  const next = left.length > 0 ? `; ${left.map((each) => `version ${each}`).join(" and ")} serves on` : "";
  const { config } = folder;
  const named =
    "traffic" in config && version !== undefined && config.traffic.weights?.[String(version)] !== undefined;
  const aliases = "aliases" in config ? Object.entries(config.aliases ?? {}) : [];
  const naming = aliases.filter(([, each]) => each === String(version)).map(([alias]) => alias);
  return {
    notes: [
      `${path} is removed`,
      `a running gateway lets ${what} answer what it has, and closes it${next}`,
      ...(named
        ? [`traffic.weights in ${folder.path}/config.json still names version ${version}: take it out`]
        : []),
      ...(naming.length > 0
        ? [`aliases in ${folder.path}/config.json still name version ${version}: ${naming.join(", ")}`]
        : []),
    ],
  };
}

/** The versions that the policy serves once this one is removed. */
function servedWithout({ config, versions }: ModelFolder, gone?: number): number[] {
  if ("reason" in config) return [];
  const left = versions.map(({ version }) => version).filter((version) => version !== gone);
  return chooseVersions(config, left);
}

function versionPath({ name, path, versions }: ModelFolder, version: number): string {
  const found = versions.find((each) => each.version === version);
  if (found === undefined)
    throw new Error(
      `${name} has no version ${version}; it has ${versions.map((each) => each.version).join(", ") || "none"}`,
    );
  const folder = dirname(found.goldenPath);
  if (folder === path)
    throw new Error(`${path} is itself version 1 of ${name}: remove ${name} without a version`);
  return folder;
}
