/** Rolls a model's traffic back to an earlier version by changing config.json, which a running gateway follows. */
import { readFile, rename, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { chooseVersions, type ModelConfig } from "../model-config.js";
import type { ModelFolder } from "../model-folder.js";
import { RepositoryReader } from "../repository.js";
import { sharesOf } from "./list-models.js";
import { modelNamed } from "./model-named.js";
import type { CommandResult } from "./remove-model.js";

/** A rollback that was carried out. */
export interface RollbackResult extends CommandResult {
  readonly from: number;
  readonly to: number;
}

export interface ModelRollback {
  readonly models: string;
  readonly name: string;
  /** The version to roll back to; absent: the one below the highest version with traffic. */
  readonly to?: number | undefined;
  /** True to check and answer what would be done, and to change nothing. */
  readonly isPlanned?: boolean;
}

/** @throws with the reason and the remedy; config.json is then unchanged */
export async function rollbackModel({
  models,
  name,
  to,
  isPlanned = false,
}: ModelRollback): Promise<RollbackResult> {
  const folder = await modelNamed(new RepositoryReader(models), models, name);
  const { config, path, layout } = folder;
  if ("reason" in config) throw new Error(`${config.reason}. Mend it first`);
  const shares = sharesOfFolder(folder, config);
  const from = current(folder, shares);
  const target = await targetOf(folder, shares, from, to);
  if (layout !== "headgate") throw new Error(otherwise(folder, target));
  const file = join(path, "config.json");
  const json = JSON.parse((await readFile(file, "utf8")).replace(/^\ufeff/, "")) as Record<string, unknown>;
  const text = `${JSON.stringify(rolledBack(json, config, folder, target), null, 2)}\n`;
  if (!isPlanned) {
    await writeFile(`${file}.new`, text);
    await rename(`${file}.new`, file);
  }
  const aliases = Object.entries(config.aliases ?? {}).filter(([, version]) => version === String(from));
  return {
    from,
    to: target,
    notes: [
      `${file} sends all traffic of ${name} to version ${target}`,
      `a running gateway proves version ${target} if it is not open, sends it the traffic, and then lets version ${from} answer what it has`,
      `a version that is added later takes no traffic before config.json says so: headgate models rollback ${name} --to ${from} goes back`,
      ...aliases.map(
        ([alias]) =>
          `the alias ${alias} still stands for version ${from}: change aliases in ${file} to move it`,
      ),
    ],
  };
}

function sharesOfFolder({ versions }: ModelFolder, config: ModelConfig): ReadonlyMap<number, number> {
  const chosen = chooseVersions(
    config,
    versions.map(({ version }) => version),
  );
  return sharesOf(config, chosen);
}

/** The highest version that has traffic. */
function current({ name }: ModelFolder, shares: ReadonlyMap<number, number>): number {
  const serving = [...shares].filter(([, share]) => share > 0).map(([version]) => version);
  if (serving.length === 0)
    throw new Error(`${name} has no version that serves: there is nothing to go back from`);
  return Math.max(...serving);
}

async function targetOf(
  { name, versions, path }: ModelFolder,
  shares: ReadonlyMap<number, number>,
  from: number,
  to?: number,
): Promise<number> {
  const numbers = versions.map(({ version }) => version);
  const target = to ?? Math.max(0, ...numbers.filter((version) => version < from));
  const found = versions.find(({ version }) => version === target);
  if (found === undefined)
    throw new Error(
      to === undefined
        ? `${name} has no version below ${from}, which has the traffic; it has ${numbers.join(", ")}. Add one, or name one with --to`
        : `${name} has no version ${to}; it has ${numbers.join(", ")}`,
    );
  if (shares.get(target) === 1) throw new Error(`version ${target} of ${name} has the traffic already`);
  for (const needed of [found.modelPath, found.goldenPath])
    if ((await stat(needed).catch(() => undefined)) === undefined)
      throw new Error(
        `version ${target} of ${name} would not serve, for ${needed} is not there: headgate models check ${path}/.. tells more`,
      );
  return target;
}

/**
 * Where the policy already serves the version, only the weights change, and the other versions stay open for a later
 * change back.
 */
function rolledBack(
  json: Record<string, unknown>,
  config: ModelConfig,
  { versions }: ModelFolder,
  target: number,
): Record<string, unknown> {
  const { traffic } = config;
  const chosen = chooseVersions(
    config,
    versions.map(({ version }) => version),
  );
  const shadow =
    traffic.shadow?.version === String(target) ? {} : traffic.shadow && { shadow: traffic.shadow };
  if (chosen.includes(target)) return { ...json, traffic: { ...shadow, weights: { [String(target)]: 1 } } };
  const kept =
    traffic.shadow !== undefined && shadow?.shadow !== undefined ? [Number(traffic.shadow.version)] : [];
  const policy = { specific: { versions: [target, ...kept] } };
  // Versions that have an alias are served beside it, and the highest would have the traffic.
  const isAlone = Object.keys(config.aliases ?? {}).length === 0;
  const weights = isAlone ? {} : { weights: { [String(target)]: 1 } };
  return {
    ...json,
    version_policy: policy,
    ...((json["traffic"] !== undefined || !isAlone) && { traffic: { ...shadow, ...weights } }),
  };
}

function otherwise({ layout, path }: ModelFolder, target: number): string {
  if (layout === "triton")
    return `${path}/config.pbtxt is Triton's and is not rewritten: put version_policy: { specific: { versions: [ ${target} ] } } into it`;
  return `${path} has no config.json that could say it: write one with "version_policy": {"specific": {"versions": [${target}]}}`;
}
