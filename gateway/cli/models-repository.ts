/**
 * `headgate models list`, `remove`, `rollback` and `promote`: they read and change folders, and a running gateway follows the
 * change.
 */
import { userInfo } from "node:os";
import { Argument, Command, InvalidArgumentError, Option } from "commander";
import { type ListedVersion, listModels } from "../../engines/onnx/repository-commands/list-models.js";
import { removeModel } from "../../engines/onnx/repository-commands/remove-model.js";
import { limits } from "../../protocol/limits.js";
import { promoteModel } from "../models/published/promote-model.js";
import type { ChoiceMaker } from "../models/published/recorded-choice.js";
import { rollbackPromotion } from "../models/published/rollback-promotion.js";
import {
  fail,
  integerFrom,
  nameOf,
  repositoryArgument,
  repositoryOf,
  type VersionArgument,
  versionArgument,
} from "./models-arguments.js";

export function listCommand(): Command {
  return new Command("list")
    .description(
      "List every version: its aliases, whether it serves, its share of the traffic, when it expires, its size, what its golden proves",
    )
    .addArgument(repositoryArgument())
    .option("--models <folder>", "the same as the argument")
    .option("--json", "one JSON array, a version an entry")
    .addHelpText(
      "after",
      "\nNothing is opened: `headgate models check` does that. `serves` is what a gateway opens and proves;\n`stands by` is what the version policy leaves out.",
    )
    .action(async (given: string | undefined, { models, json }: { models?: string; json?: true }) => {
      const folder = repositoryOf(given, models);
      const listed = await listModels(folder).catch(fail);
      if (json === true) return console.log(JSON.stringify(listed, null, 2));
      if (listed.length === 0)
        return console.log(`${folder}: no models; "headgate models add" puts one there`);
      console.log(tableOf(listed));
    });
}

export function removeCommand(): Command {
  return new Command("remove")
    .description("Remove a version, or a whole model; a running gateway answers its requests first")
    .addArgument(new Argument("<model>", "NAME, or NAME@VERSION").argParser(versionArgument))
    .option("--models <folder>", "the model repository", "models")
    .option("--yes", "also the last version that serves, and whole models")
    .action(async ({ name, version }: VersionArgument, { models, yes }: { models: string; yes?: true }) => {
      const options = { models, name, version, isConfirmed: yes === true };
      print((await removeModel(options).catch(fail)).notes);
    });
}

export function rollbackCommand(): Command {
  return new Command("rollback")
    .description("Send a model's traffic to the version before, or to one that is named")
    .addArgument(new Argument("<model>", "the model's NAME").argParser(nameOf))
    .option("--models <folder>", "the model repository", "models")
    .option(
      "--to <version>",
      "the version's number (default: the one before the last promotion, or below the highest that has traffic)",
      integerFrom(1),
    )
    .addOption(
      new Option("--alias <name>", "the alias that goes back, while the traffic stays").conflicts("to"),
    )
    .option("--reason <text>", "why, for the record", reasonOf)
    .action(async (name: string, { reason, ...choice }: RollbackFlags) => {
      print((await rollbackPromotion({ name, ...choice }, maker(reason)).catch(fail)).notes);
    });
}

export function promoteCommand(): Command {
  return new Command("promote")
    .description("Give a version a share of a model's traffic, all of it by default, and aliases")
    .addArgument(new Argument("<model>", "the model's NAME").argParser(nameOf))
    .argument("<version>", "the version's number, or an alias that stands for it")
    .option("--models <folder>", "the model repository", "models")
    .option(
      "--traffic <share>",
      "its share of the requests without a version, from 0 to 1 (default: 1)",
      shareOf,
    )
    .option("--alias <name>", "a name that stands for the version from then on")
    .option("--reason <text>", "why, for the record", reasonOf)
    .action(async (name: string, version: string, { reason, ...choice }: PromoteFlags) => {
      print((await promoteModel({ name, version, ...choice }, maker(reason)).catch(fail)).notes);
    });
}

interface PromoteFlags {
  readonly models: string;
  readonly traffic?: number;
  readonly alias?: string;
  readonly reason?: string;
}

interface RollbackFlags {
  readonly models: string;
  readonly to?: number;
  readonly alias?: string;
  readonly reason?: string;
}

/** Who runs the command. */
function maker(reason: string | undefined): ChoiceMaker {
  return { by: `cli:${userInfo().username}`, ts: Date.now(), reason };
}

function reasonOf(text: string): string {
  if (text === "" || text.length > limits.promotion_reason_length_max)
    throw new InvalidArgumentError(`must have 1 to ${limits.promotion_reason_length_max} characters.`);
  return text;
}

function shareOf(text: string): number {
  const share = Number(text);
  if (text.trim() === "" || !(share >= 0 && share <= 1))
    throw new InvalidArgumentError("a share is a number from 0 to 1.");
  return share;
}

function print(notes: readonly string[]): void {
  for (const note of notes) console.log(note);
}

const columns = ["MODEL", "VERSION", "ALIASES", "STATE", "WEIGHT", "EXPIRES", "SIZE", "GOLDEN"] as const;

function tableOf(listed: readonly ListedVersion[]): string {
  const rows = [columns, ...listed.map(rowOf)];
  const widths = columns.map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)));
  const lines = rows.map((row) =>
    row
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  const reasons = listed.flatMap(({ name, version, reason }) =>
    reason === undefined ? [] : [`${name}${version === null ? "" : `@${version}`}: ${reason}`],
  );
  return [...lines, ...(reasons.length > 0 ? ["", ...reasons] : [])].join("\n");
}

function rowOf({ name, version, state, weight, bytes, golden, ...listed }: ListedVersion): string[] {
  const aliases = listed.aliases.join(", ") || "-";
  const expires = listed.expires_at?.replace(/:\d\d\.\d+Z$/, "Z") ?? "never";
  const share = weight === 0 ? "-" : `${Math.round(weight * 1_000) / 10} %`;
  const proof = golden === null ? "none" : golden.proves === "stability" ? "stability only" : golden.made_by;
  return [
    name,
    version === null ? "-" : String(version),
    aliases,
    state,
    share,
    expires,
    sizeOf(bytes),
    proof,
  ];
}

function sizeOf(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`;
  const [unit, by] = bytes < 1e6 ? ["kB", 1e3] : bytes < 1e9 ? ["MB", 1e6] : ["GB", 1e9];
  return `${(bytes / Number(by)).toFixed(1)} ${unit}`;
}
