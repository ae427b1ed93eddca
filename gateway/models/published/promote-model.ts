/** Gives a version of a model its share of the traffic and its aliases by changing config.json, which a running gateway follows. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import {
  aliasesMax,
  aliasName,
  aliasRule,
  chooseVersions,
  type ModelConfig,
  modelConfigSchema,
} from "../../../engines/onnx/model-config.js";
import type { ModelFolder } from "../../../engines/onnx/model-folder.js";
import { RepositoryReader } from "../../../engines/onnx/repository.js";
import { sharesOf } from "../../../engines/onnx/repository-commands/list-models.js";
import { modelNamed } from "../../../engines/onnx/repository-commands/model-named.js";
import { challengerAlias, championAlias, withoutChallenger } from "../../catalog/champion-aliases.js";
import { expiryReason } from "../../catalog/expiry.js";
import { replaceWhole } from "../folder-writer.js";
import { type ConfigFile, choices } from "./published-config.js";
import { type ChoiceMaker, type RecordedChoice, recordChoice } from "./recorded-choice.js";

export interface PromotionOptions {
  readonly models: string;
  readonly name: string;
  /** A version's number, or the alias that stands for it. */
  readonly version: string;
  /** The share of the requests without a version, from 0 to 1; absent: all. */
  readonly traffic?: number | undefined;
  readonly alias?: string | undefined;
}

/** A model whose config.json can be changed. */
export interface ChangeableModel {
  readonly folder: ModelFolder;
  readonly config: ModelConfig;
  readonly numbers: readonly number[];
  readonly shares: ReadonlyMap<number, number>;
}

/** @throws with the reason and the remedy; config.json is then unchanged */
export async function promoteModel(options: PromotionOptions, maker: ChoiceMaker): Promise<RecordedChoice> {
  const { models, name, version, traffic, alias } = options;
  const { folder, config, numbers, shares } = await changeableModel(models, name);
  if (alias !== undefined) requireAlias(config, alias);
  const number = Number(Object.hasOwn(config.aliases ?? {}, version) ? config.aliases?.[version] : version);
  if (!numbers.includes(number))
    throw new Error(`${name} has no version ${version}; it has ${numbers.join(", ") || "none"}`);
  requireLasting(folder, number, maker.ts);
  const share = traffic === undefined ? {} : { traffic };
  const aliases = alias === undefined ? [] : [alias];
  const wins = alias === championAlias || (alias !== challengerAlias && (traffic ?? 1) === 1);
  const kept = wins ? withoutChallenger(config.aliases ?? {}, String(number)) : (config.aliases ?? {});
  const isDropped = kept !== (config.aliases ?? kept);
  const chosen = {
    // Without any alias `choices` names none, and what was written before would stay.
    ...(isDropped && { aliases: kept }),
    ...choices(number, { ...share, aliases }, { config: { ...config, aliases: kept }, versions: numbers }),
  };
  const record = {
    action: "promote",
    ts: maker.ts,
    by: maker.by,
    reason: maker.reason ?? null,
    from: traffic === 0 ? null : (largest(shares) ?? null),
    to: String(number),
    traffic: traffic ?? 1,
    alias: alias ?? null,
    alias_from: (alias !== undefined && config.aliases?.[alias]) || null,
    ...(isDropped && { alias_dropped: challengerAlias }),
  } as const;
  return recordChoice(folder.path, record, async () => {
    const { file, written } = await changeConfig(folder.path, chosen);
    const told = Object.entries(written.traffic.weights ?? {});
    return [
      `${file} shares the traffic of ${name}: ${told.map(([each, weight]) => `version ${each} ${weight}`).join(", ")}`,
      ...aliases.map((each) => `the alias ${each} stands for version ${number}`),
      ...(isDropped ? [`the alias ${challengerAlias} stands for no version any more`] : []),
      "a running gateway proves the version if it is not open before it sends it traffic",
    ];
  });
}

/** @throws with the reason why the config.json of the model cannot be changed */
export async function changeableModel(models: string, name: string): Promise<ChangeableModel> {
  const model = await readableModel(models, name);
  const { path, layout } = model.folder;
  if (layout !== "headgate") throw new Error(`${path} has no config.json, which would say it: write one`);
  return model;
}

/** @throws with the reason why the model's config cannot be used */
export async function readableModel(models: string, name: string): Promise<ChangeableModel> {
  const folder = await modelNamed(new RepositoryReader(models), models, name);
  const { config, versions } = folder;
  if ("reason" in config) throw new Error(`${config.reason}. Mend it first`);
  const numbers = versions.map((each) => each.version);
  return { folder, config, numbers, shares: sharesOf(config, chooseVersions(config, numbers)) };
}

/** Changes fields of a model's config.json, which is replaced as a whole. */
export async function changeConfig(path: string, fields: ConfigFile) {
  const file = join(path, "config.json");
  const before = JSON.parse((await readFile(file, "utf8")).replace(/^\ufeff/, "")) as ConfigFile;
  const next = { ...before, ...fields };
  const written = modelConfigSchema.parse(next);
  await replaceWhole(file, `${JSON.stringify(next, null, 2)}\n`);
  return { file, written };
}

function requireAlias({ aliases = {} }: ModelConfig, alias: string): void {
  if (!aliasName.test(alias)) throw new Error(`alias ${alias}: ${aliasRule}`);
  if (!Object.hasOwn(aliases, alias) && Object.keys(aliases).length >= aliasesMax)
    throw new Error(`alias ${alias}: the model has ${aliasesMax} aliases, the limit; move one of them`);
}

/** @throws for a version that has expired: what is promoted would refuse every request, and promoting extends nothing */
export function requireLasting({ name, versions }: ModelFolder, number: number, wallTs: number): void {
  const { expiresTs } = versions.find(({ version }) => version === number) ?? {};
  if (expiresTs === undefined || wallTs < expiresTs) return;
  throw new Error(`version ${number} of ${name} is not asked any more: ${expiryReason(expiresTs)}`);
}

/** The version with the largest share of the traffic. */
export function largest(shares: ReadonlyMap<number, number>): string | undefined {
  const [first] = [...shares].filter(([, share]) => share > 0).sort(([, a], [, b]) => b - a);
  return first === undefined ? undefined : String(first[0]);
}
