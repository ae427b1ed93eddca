/**
 * Makes a version's golden answer by running the version. Such an answer proves only that the version later computes
 * the same numbers, not that they equal the training library's.
 */
import { rename, stat, writeFile } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import type { Tensors } from "../../engine.js";
import { mismatch, parseGolden } from "../golden.js";
import { goldenFile } from "../import/golden-file.js";
import { nonFiniteInputs } from "../import/golden-nan.js";
import { readGraph } from "../import/graph-tensors.js";
import { madeInputs } from "../import/made-inputs.js";
import { type ModelLimits, modelLimits } from "../inspection/model-limits.js";
import { inspectVersion } from "../inspection/version-inspection.js";
import type { ModelConfig } from "../model-config.js";
import type { ModelFolder } from "../model-folder.js";
import { type ModelSource, sourceOf } from "../model-source.js";
import { openSession } from "../open-session.js";
import { RepositoryReader } from "../repository.js";
import { givenInputs } from "./given-inputs.js";

export interface GoldenOptions {
  /** The model's name in the repository, or the path of its folder. */
  readonly model: string;
  /** The path of the repository's folder. */
  readonly models: string;
  /** The version's number; absent: the highest version. */
  readonly version?: number | undefined;
  /** The path of a file of inputs; absent: inputs are generated. */
  readonly inputs?: string | undefined;
  /** The number of rows of generated inputs. */
  readonly rows: number;
  readonly seed: number;
  /** Whether an existing golden.json is replaced. */
  readonly overwrite: boolean;
}

export interface GoldenResult {
  readonly path: string;
  /** Sentences that say what the golden answer was made from and what it proves. */
  readonly notes: readonly string[];
}

/** The size used for an open dimension other than the batch. */
const openSize = 4;
const texts = ["Shares rose.", "Profit fell short of what was expected.", "The committee meets on Tuesday."];

/** @throws with the reason and the remedy; no file is written then */
export async function makeGolden(
  options: GoldenOptions,
  limits: ModelLimits = modelLimits,
): Promise<GoldenResult> {
  const folder = await modelFolder(options);
  const { config, versions } = folder;
  if ("reason" in config) throw new Error(config.reason);
  const found = versions.find(({ version }) => version === (options.version ?? versions.at(-1)?.version));
  if (found === undefined)
    throw new Error(
      `${folder.path} has no version ${options.version ?? ""}: put the model into ${folder.path}/1`,
    );
  const { goldenPath, fault } = found;
  if (fault !== undefined) throw new Error(fault);
  if (!options.overwrite && (await stat(goldenPath).catch(() => undefined)) !== undefined)
    throw new Error(`${goldenPath} is there already: remove it, or pass --overwrite`);
  const source = sourceOf(config, found, ["cpu"]);
  await inspectVersion(source, limits);
  const inputs =
    options.inputs === undefined
      ? await inputsOf(source, config, options)
      : await givenInputs(options.inputs, source.signature.inputs);
  const text = goldenFile({ inputs, outputs: await outputsOf(source, inputs) });
  await writeFile(`${goldenPath}.new`, text);
  await rename(`${goldenPath}.new`, goldenPath);
  return { path: goldenPath, notes: notesOf(options, config, inputs) };
}

async function modelFolder({ model, models }: GoldenOptions): Promise<ModelFolder> {
  const isName = /^[\w.-]+$/.test(model);
  const [repository, name] = isName ? [models, model] : [dirname(resolve(model)), basename(resolve(model))];
  const folder = await new RepositoryReader(repository).readOne(name);
  if (folder === undefined)
    throw new Error(
      `${repository} has no model ${name}: give a name in --models, or a model's folder by its path, such as ./${name}`,
    );
  return folder;
}

/** Generates inputs by the model's signature; open sizes that have one name in the graph get one size. */
async function inputsOf(source: ModelSource, config: ModelConfig, options: GoldenOptions): Promise<Tensors> {
  const batched = config.max_batch_size > 0;
  const rows = batched ? Math.min(options.rows, config.max_batch_size) : options.rows;
  const [first] = source.signature.inputs;
  if (source.tokenizer !== undefined && first !== undefined) {
    const data = Array.from({ length: rows }, (_, i) => texts[(i + options.seed) % texts.length] ?? "");
    return { [first.name]: { datatype: "BYTES", shape: [rows, ...(config.input[0]?.dims ?? [])], data } };
  }
  const graph = await readGraph(source.modelPath, source.modelPath);
  const tensors = source.signature.inputs.map(({ name, datatypes, shape }) => {
    const symbols = graph.inputs.find((each) => each.name === name)?.symbols ?? [];
    const sizes = shape.map((size) => (typeof size === "number" ? size : null));
    return {
      name,
      datatype: datatypes[0] ?? null,
      type: "",
      shape: sizes,
      symbols: sizes.map((_, axis) => symbols[axis] ?? null),
      hasRank: true,
    };
  });
  return madeInputs(tensors, rows, openSize, options.seed);
}

/** Runs the version twice: outputs that differ between two runs cannot be checked by a golden answer. */
async function outputsOf(source: ModelSource, inputs: Tensors): Promise<Tensors> {
  const session = await openSession(source, 1, "cpu");
  try {
    const { outputs, refused } = await session.run(inputs, null);
    if (refused?.[0] !== undefined) throw new Error(`row ${refused[0].row}: ${refused[0].reason}`);
    const again = await session.run(inputs, null);
    const golden = parseGolden(JSON.parse(goldenFile({ inputs, outputs })), source.modelPath);
    const differs = mismatch(golden, again.outputs);
    if (differs !== undefined)
      throw new Error(
        `its answers differ from run to run (${differs}): take what draws random numbers out of the graph`,
      );
    return outputs;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(
      reason.startsWith(source.modelPath)
        ? reason
        : `${source.modelPath}: it does not run on these inputs: ${reason}. Give some that it takes: --inputs FILE`,
    );
  } finally {
    await session.close();
  }
}

function notesOf({ inputs: file, seed }: GoldenOptions, config: ModelConfig, inputs: Tensors): string[] {
  const refused = [...nonFiniteInputs(inputs)].filter(
    (name) => !config.input.find((each) => each.name === name)?.allow_nan,
  );
  return [
    file === undefined
      ? `inputs were made up by the signature, with seed ${seed}`
      : `inputs are those of ${file}`,
    "outputs are ONNX Runtime's own: this golden answer proves that the model answers the same later, not that it answers what the training library did",
    "for that, predict in the library and write its inputs and outputs as docs/models.md shows (Golden vectors), or pass them to headgate models add --golden",
    ...refused.map(
      (name) =>
        `input ${name} has NaN or infinity, which clients are refused: set "allow_nan": true for it in config.json if the model is to take them`,
    ),
  ];
}
