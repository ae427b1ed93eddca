/** `headgate models`: what is done to a repository while no gateway looks at it, or beside one that does. */
import { Command, InvalidArgumentError } from "commander";
import { namingCommands } from "../../command-line/unknown-name.js";
import { addModelIsolated, checkModelsIsolated } from "../../engines/onnx/proving/isolated-import.js";
import { ProverPool } from "../../engines/onnx/proving/prover-pool.js";
import { parseConfig } from "../config/parse.js";

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
  readonly proofMs?: number;
}

export function modelsCommand(): Command {
  const add = new Command("add")
    .description("Put an ONNX model into a repository, and say what was decided")
    .argument("<path>", "the .onnx file, or an exporter's folder with a model.onnx")
    .requiredOption("--name <name>", "what it is asked for by: letters, digits and . _ -", nameOf)
    .option("--version <number>", "default: one above the highest there is", integerFrom(1))
    .option("--models <folder>", "the model repository", "models")
    .option("--golden <file>", "inputs and the training library's answers; else ONNX Runtime's own")
    .option(
      "--tokenizer <file>",
      "tokenizer.json of a model that takes token ids (default: beside the graph)",
    )
    .option("--max-batch-size <rows>", "rows in one batch at most; 0: none", integerFrom(0))
    .option("--proof-ms <ms>", "for opening and running it (default 60000)", integerFrom(1))
    .action(async (path: string, { proofMs, ...flags }: AddFlags) => {
      const addition = { path, ...flags };
      const { folder, notes } = await apart(proofMs, (provers) => addModelIsolated(provers, addition));
      console.log([folder, ...notes.map((note) => `  ${note}`)].join("\n"));
    });
  const check = new Command("check")
    .description("Open every version that would be served, and prove it on its golden answer")
    .argument("[folder]", "the model repository", "models")
    .option("--proof-ms <ms>", "for each version (default 60000)", integerFrom(1))
    .action(async (folder: string, { proofMs }: CheckFlags) => {
      const checked = await apart(proofMs, (provers) => checkModelsIsolated(provers, folder));
      for (const { what, reason, alone, notes = [] } of checked) {
        const note = alone === undefined ? "" : `, requests one by one: ${alone}`;
        console.log(reason === undefined ? `ok      ${what}${note}` : `refused ${what}: ${reason}`);
        for (const each of notes) console.log(`        ${each}`);
      }
      if (checked.length === 0)
        console.log(`${folder}: no models; a model is a folder with a config.json, or a model.onnx`);
      if (checked.some(({ reason }) => reason !== undefined)) process.exitCode = 1;
    });
  const models = new Command("models").description("Add models to a repository, and check one");
  return namingCommands(models.addCommand(add).addCommand(check));
}

/** With processes that are ended when it is done, and within a gateway's own limits where none were given. */
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

function fail(error: unknown): never {
  console.error(error instanceof Error ? error.message : String(error));
  process.exit(1);
}

function nameOf(text: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/.test(text))
    throw new InvalidArgumentError(
      "a name is 1 to 128 of letters, digits and . _ -, and begins with none of the last three.",
    );
  return text;
}

function integerFrom(least: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (!/^\d{1,15}$/.test(text) || number < least)
      throw new InvalidArgumentError(`must be an integer of at least ${least}.`);
    return number;
  };
}
