/** `headgate models`: commands on a repository, whether a gateway serves it or not. */
import { Command } from "commander";
import { namingCommands } from "../../command-line/unknown-name.js";
import type { ModelCheck } from "../../engines/onnx/import/check-models.js";
import {
  addModelIsolated,
  checkModelsIsolated,
  makeGoldenIsolated,
} from "../../engines/onnx/proving/isolated-import.js";
import { ProverPool } from "../../engines/onnx/proving/prover-pool.js";
import { parseConfig } from "../config/parse.js";
import { fail, integerFrom, nameOf, repositoryArgument, repositoryOf } from "./models-arguments.js";
import { listCommand, promoteCommand, removeCommand, rollbackCommand } from "./models-repository.js";
import { scanCommand } from "./models-scan.js";
import { keygenCommand, signCommand, verifyCommand } from "./models-signing.js";

interface AddFlags {
  readonly name: string;
  readonly version?: number;
  readonly models: string;
  readonly golden?: string;
  readonly tokenizer?: string;
  readonly maxBatchSize?: number;
  readonly proofMs?: number;
}

interface CheckFlags {
  readonly models?: string;
  readonly json?: true;
  readonly proofMs?: number;
}

interface GoldenFlags {
  readonly models: string;
  readonly version?: number;
  readonly inputs?: string;
  readonly rows: number;
  readonly seed: number;
  readonly overwrite?: true;
  readonly proofMs?: number;
}

const examples = `
Examples:
  headgate models add model.onnx --name risk --golden golden.json   bring a model, proven on the library's answers
  headgate models list                                              what is there, and what serves
  headgate models check models --json                               open and prove all of it; exits with 1 if any is refused
  headgate models golden risk                                       a golden.json for a folder that has none
  headgate models rollback risk                                     the traffic back to the version before
  headgate models promote risk 4 --traffic 0.1 --alias challenger   a tenth of the traffic, and a name
  headgate models remove risk@1                                     take a version out
  headgate models scan ./theirs                                     what a stranger's models are made of, none of them opened
  headgate models sign risk --key desk.pem                          vouch for its versions

All of them work on the folder. A gateway that runs on it sees each change by itself: it proves what is new before it
serves it, and answers the requests of what was removed before it closes it. docs/models.md says more.`;

export function modelsCommand(): Command {
  const models = new Command("models")
    .description("Add, list, scan, check, prove, sign, roll back and remove the models of a repository")
    .addHelpText("after", examples);
  const commands = [
    addCommand(),
    listCommand(),
    checkCommand(),
    goldenCommand(),
    rollbackCommand(),
    promoteCommand(),
    removeCommand(),
    keygenCommand(),
    signCommand(),
    verifyCommand(),
    scanCommand(),
  ];
  for (const command of commands) models.addCommand(command);
  return namingCommands(models);
}

function addCommand(): Command {
  return new Command("add")
    .description("Put an ONNX model into a repository, and say what was decided")
    .argument("<path>", "the .onnx file, or an exporter's folder with a model.onnx")
    .requiredOption("--name <name>", "its name in requests: letters, digits and . _ -", nameOf)
    .option("--version <number>", "the version's number (default: one above the highest)", integerFrom(1))
    .option("--models <folder>", "the model repository", "models")
    .option(
      "--golden <file>",
      "inputs and the training library's answers (default: ONNX Runtime's own answers)",
    )
    .option(
      "--tokenizer <file>",
      "tokenizer.json of a model that takes token ids (default: beside the graph)",
    )
    .option("--max-batch-size <rows>", "rows in one batch at most; 0: none", integerFrom(0))
    .option("--proof-ms <ms>", "milliseconds for opening and running it (default: 60000)", integerFrom(1))
    .action(async (path: string, { proofMs, ...flags }: AddFlags) => {
      const addition = { path, ...flags };
      const { folder, notes } = await apart(proofMs, (provers) => addModelIsolated(provers, addition));
      console.log([folder, ...notes.map((note) => `  ${note}`)].join("\n"));
    });
}

function checkCommand(): Command {
  return new Command("check")
    .description("Open every version that would be served, and prove it on its golden answer")
    .addArgument(repositoryArgument())
    .option("--models <folder>", "the same as the argument")
    .option("--json", "one JSON object: folder, ok, and models, each with ok, reason, alone and notes")
    .option("--proof-ms <ms>", "milliseconds for each version (default: 60000)", integerFrom(1))
    .addHelpText(
      "after",
      "\nExits with 1 where anything would be refused, and with 0 where all of it would serve.",
    )
    .action(async (given: string | undefined, { models, proofMs, json }: CheckFlags) => {
      const folder = repositoryOf(given, models);
      const checked = await apart(proofMs, (provers) => checkModelsIsolated(provers, folder));
      const isOk = checked.every(({ reason }) => reason === undefined);
      console.log(json === true ? checkJson(folder, checked, isOk) : checkText(folder, checked));
      if (!isOk) process.exitCode = 1;
    });
}

function checkText(folder: string, checked: readonly ModelCheck[]): string {
  if (checked.length === 0)
    return `${folder}: no models; a model is a folder with a config.json, or a model.onnx`;
  const lines = checked.flatMap(({ what, reason, alone, notes = [] }) => {
    const note = alone === undefined ? "" : `, requests one by one: ${alone}`;
    const line = reason === undefined ? `ok      ${what}${note}` : `refused ${what}: ${reason}`;
    return [line, ...notes.map((each) => `        ${each}`)];
  });
  return lines.join("\n");
}

function checkJson(folder: string, checked: readonly ModelCheck[], ok: boolean): string {
  const models = checked.map(({ what, reason, alone, notes = [] }) => {
    const [name, version] = what.split("@");
    return {
      name,
      version: version ?? null,
      ok: reason === undefined,
      reason: reason ?? null,
      alone: alone ?? null,
      notes,
    };
  });
  return JSON.stringify({ folder, ok, models }, null, 2);
}

function goldenCommand(): Command {
  return new Command("golden")
    .description(
      "Make a version's golden.json by running it: it proves that answers stay the same, and no more",
    )
    .argument("<model>", "a model's name in the repository, or the path of its folder, such as ./risk")
    .option("--models <folder>", "the model repository", "models")
    .option("--version <number>", "the version's number (default: the highest)", integerFrom(1))
    .option(
      "--inputs <file>",
      ".npy of the only input, .npz or JSON by input name (default: made up by the signature)",
    )
    .option("--rows <number>", "rows of made-up inputs", integerFrom(1), 4)
    .option("--seed <number>", "seed of made-up inputs", integerFrom(0), 0)
    .option("--overwrite", "replace a golden.json that is there")
    .option("--proof-ms <ms>", "milliseconds for running it (default: 60000)", integerFrom(1))
    .action(async (model: string, { proofMs, overwrite, ...flags }: GoldenFlags) => {
      const options = { model, ...flags, overwrite: overwrite === true };
      const { path, notes } = await apart(proofMs, (provers) => makeGoldenIsolated(provers, options));
      console.log([path, ...notes.map((note) => `  ${note}`)].join("\n"));
    });
}

/**
 * Runs work with proving processes that are ended when it is done, within a gateway's own limits where none were
 * given.
 */
async function apart<T>(proofMs: number | undefined, work: (provers: ProverPool) => Promise<T>): Promise<T> {
  const { repository, engine } = parseConfig({});
  const provers = new ProverPool({
    atOnce: 1,
    ms: proofMs ?? repository.proof_ms,
    memoryBytes: repository.proof_memory_bytes ?? engine.model_memory_bytes,
  });
  try {
    return await work(provers).catch(fail);
  } finally {
    provers.close();
  }
}
