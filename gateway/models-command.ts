/** `headgate models`: what is done to a repository while no gateway looks at it, or beside one that does. */
import { Command, InvalidArgumentError } from "commander";
import { namingCommands } from "../cli/unknown-name.js";
import { addModel } from "../engines/onnx/bring/add-model.js";
import { checkModels } from "../engines/onnx/bring/check-models.js";

interface AddFlags {
  readonly name: string;
  readonly version?: number;
  readonly models: string;
  readonly golden?: string;
  readonly tokenizer?: string;
  readonly maxBatchSize?: number;
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
    .action(async (path: string, flags: AddFlags) => {
      const { folder, notes } = await addModel({ path, ...flags }).catch(fail);
      console.log([folder, ...notes.map((note) => `  ${note}`)].join("\n"));
    });
  const check = new Command("check")
    .description("Open every version that would be served, and prove it on its golden answer")
    .argument("[folder]", "the model repository", "models")
    .action(async (folder: string) => {
      const checked = await checkModels(folder).catch(fail);
      for (const { what, reason, alone } of checked) {
        const note = alone === undefined ? "" : `, requests one by one: ${alone}`;
        console.log(reason === undefined ? `ok      ${what}${note}` : `refused ${what}: ${reason}`);
      }
      if (checked.length === 0) console.log(`${folder}: no models; a model is a folder with a config.json`);
      if (checked.some(({ reason }) => reason !== undefined)) process.exitCode = 1;
    });
  const models = new Command("models").description("Add models to a repository, and check one");
  return namingCommands(models.addCommand(add).addCommand(check));
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
