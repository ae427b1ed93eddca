/** Gives a version of a model its share of the traffic and its aliases by changing config.json, which a running gateway follows. */
import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { aliasName, aliasRule, modelConfigSchema } from "../../../engines/onnx/model-config.js";
import { RepositoryReader } from "../../../engines/onnx/repository.js";
import { modelNamed } from "../../../engines/onnx/repository-commands/model-named.js";
import type { CommandResult } from "../../../engines/onnx/repository-commands/remove-model.js";
import { type ConfigFile, choices } from "./published-config.js";

export interface PromotionOptions {
  readonly models: string;
  readonly name: string;
  /** A version's number, or the alias that stands for it. */
  readonly version: string;
  /** The share of the requests without a version, from 0 to 1; absent: all. */
  readonly traffic?: number | undefined;
  readonly aliases: readonly string[];
}

/** @throws with the reason and the remedy; config.json is then unchanged */
export async function promoteModel(options: PromotionOptions): Promise<CommandResult> {
  const { models, name, version, traffic, aliases } = options;
  const { config, path, layout, versions } = await modelNamed(new RepositoryReader(models), models, name);
  if ("reason" in config) throw new Error(`${config.reason}. Mend it first`);
  if (layout !== "headgate") throw new Error(`${path} has no config.json, which would say it: write one`);
  const bad = aliases.find((alias) => !aliasName.test(alias));
  if (bad !== undefined) throw new Error(`--alias ${bad}: ${aliasRule}`);
  const numbers = versions.map((each) => each.version);
  const number = Number(Object.hasOwn(config.aliases ?? {}, version) ? config.aliases?.[version] : version);
  if (!numbers.includes(number))
    throw new Error(`${name} has no version ${version}; it has ${numbers.join(", ") || "none"}`);
  const file = join(path, "config.json");
  const before = JSON.parse((await readFile(file, "utf8")).replace(/^\ufeff/, "")) as ConfigFile;
  const share = traffic === undefined ? {} : { traffic };
  const next = { ...before, ...choices(number, { ...share, aliases }, { config, versions: numbers }) };
  const { traffic: told } = modelConfigSchema.parse(next);
  await writeFile(`${file}.new`, `${JSON.stringify(next, null, 2)}\n`);
  await rename(`${file}.new`, file);
  const shares = Object.entries(told.weights ?? {}).map(([each, weight]) => `version ${each} ${weight}`);
  return {
    notes: [
      `${file} shares the traffic of ${name}: ${shares.join(", ")}`,
      ...aliases.map((alias) => `the alias ${alias} stands for version ${number}`),
      "a running gateway proves the version if it is not open before it sends it traffic",
    ],
  };
}
