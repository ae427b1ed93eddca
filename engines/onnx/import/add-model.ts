/**
 * Adds a model to a repository: reads its graph, writes the files that the gateway needs, proves the version as the
 * gateway will, and only then moves it into place. A failed import leaves no files behind.
 */
import { copyFile, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { layoutDifference, layoutMetadata, parsePolicyLayout } from "../../policy-layout.js";
import type { Batching } from "../../servable.js";
import { readGolden } from "../golden.js";
import { readGraphHeader } from "../graph-header/graph-header.js";
import { type ModelLimits, modelLimits } from "../inspection/model-limits.js";
import { readConfig } from "../layouts/folder-config.js";
import type { ModelConfig } from "../model-config.js";
import { sourceOf } from "../model-source.js";
import type { Proof } from "../proving/messages.js";
import { readVersion } from "../repository.js";
import { batchReduction } from "./batch-memory.js";
import { answersOf } from "./batching.js";
import { decideTensors } from "./decide-tensors.js";
import { decideText, takesTokens } from "./decide-text.js";
import { goldenFile } from "./golden-file.js";
import { nanNotes } from "./golden-nan.js";
import { readGraph } from "./graph-tensors.js";
import type { ImportDecision } from "./import-decision.js";
import { type ImportOptions, type ImportResult, stageOf } from "./import-options.js";
import { withKnownRanks } from "./known-rank.js";
import { graphPath, type ImportedFiles, importFiles, importTokenizer, labelsBeside } from "./model-files.js";
import { configOf, newConfig } from "./new-config.js";
import { withOpenRows } from "./open-rows.js";
import { type ProofFunction, proveInProcess } from "./prove-in-process.js";

/** @throws with the reason and the remedy; the repository is then unchanged */
export async function addModel(
  addition: ImportOptions,
  prove: ProofFunction = proveInProcess,
  limits: ModelLimits = modelLimits,
): Promise<ImportResult> {
  const { name, models } = addition;
  const path = await graphPath(addition.path);
  const model = join(models, name);
  const version = addition.version ?? (await nextVersion(model));
  const folder = join(model, String(version));
  if ((await readdir(folder).catch(() => undefined)) !== undefined)
    throw new Error(`${folder} is there already: choose another --version, or remove it first`);
  const stage = stageOf(addition);
  const staged = join(stage, String(version));
  try {
    const brought = await importFiles(path, staged, limits);
    const known = await knownConfig(model, name);
    const policy = await policyOf(join(staged, "model.onnx"), path, known);
    const decided = { ...(await decide(path, staged, { addition, brought, known })), ...policy };
    await openRows(path, join(staged, "model.onnx"), decided.misdeclared);
    const config = known ?? configOf(name, decided);
    await writeGolden(staged, addition.golden, decided);
    const source = sourceOf(config, await readVersion(stage, version), ["cpu"]);
    const proof = await prove(source).catch((cause) => {
      throw explained(cause, { staged, path, model, known: known !== undefined });
    });
    const { batching } = proof;
    const open = known === undefined && addition.maxBatchSize === undefined;
    const decision = open ? withinMemory(decided, proof) : decided;
    await mkdir(model, { recursive: true });
    await rename(staged, folder);
    if (known === undefined)
      await writeFile(join(model, "config.json"), `${JSON.stringify(newConfig(name, decision), null, 2)}\n`);
    const notes = notesOf(decision, brought, addition, known);
    const said = known === undefined && decision.tokenizer === undefined;
    if (config.max_batch_size > 1 && !said)
      notes.push(batchingNote(batching, config.tokenizer !== undefined));
    notes.push(...proof.notes, ...(await nanNotes(config, join(folder, "golden.json"))));
    return { folder, notes };
  } finally {
    await rm(stage, { recursive: true, force: true });
  }
}

/** Reduces the batch size where a batch of the intended size would take much memory. */
function withinMemory(decision: ImportDecision, { runs }: Pick<Proof, "runs">): ImportDecision {
  const fewer = batchReduction({ runs }, decision.max_batch_size);
  if (fewer === undefined) return decision;
  const { rows, bytes } = fewer;
  const megabytes = Math.round(bytes / 1e6);
  const note = `max_batch_size is ${rows} and not ${decision.max_batch_size}: so many rows would hold ${megabytes} MB beside the weights. Say otherwise with --max-batch-size`;
  return { ...decision, max_batch_size: rows, notes: [...decision.notes, note] };
}

/** What the file says of a policy's observation. @throws where the versions so far are asked with another */
async function policyOf(
  model: string,
  path: string,
  known: ModelConfig | undefined,
): Promise<Pick<ImportDecision, "policy">> {
  const { metadata } = await readGraphHeader(model).catch((): { metadata: ReadonlyMap<string, string> } => ({
    metadata: new Map(), // what is wrong with the file is told when it is opened
  }));
  const text = metadata.get(layoutMetadata);
  if (text === undefined) return {};
  const policy = parsePolicyLayout(text);
  if ("problem" in policy) throw new Error(`${path}: its metadata ${layoutMetadata}: ${policy.problem}`);
  const difference = known?.policy && layoutDifference(known.policy, policy.layout);
  if (difference !== undefined)
    throw new Error(`${path}: its observation differs from that of the versions so far: ${difference}`);
  return { policy: policy.layout };
}

interface Givens {
  readonly addition: ImportOptions;
  readonly brought: ImportedFiles;
  /** The existing config.json. */
  readonly known: ModelConfig | undefined;
}

async function decide(
  path: string,
  staged: string,
  { addition, brought, known }: Givens,
): Promise<ImportDecision> {
  const model = join(staged, "model.onnx");
  const read = await readGraph(model, path);
  const inputs = addition.golden === undefined ? undefined : (await readGolden(addition.golden)).inputs;
  const columns = brought.zipMaps
    .filter(({ classes }) => classes.length > 0)
    .map(({ name, classes }) => [name, `The probabilities of the classes ${classes.join(", ")}.`] as const);
  const descriptions = new Map<string, string>(columns);
  const wishes = { maxBatchSize: addition.maxBatchSize, inputs, descriptions };
  const { name, models } = addition;
  try {
    const graph = withKnownRanks(read, { name, folder: join(models, name), config: known, inputs });
    if (!takesTokens(graph)) return await decideTensors(model, graph, wishes);
    await importTokenizer(path, addition.tokenizer, staged);
    const labels = await labelsBeside(path);
    if (labels !== undefined) descriptions.set("logits", labels);
    return await decideText(model, graph, wishes);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const told = reason.replaceAll(model, path);
    throw new Error(told.startsWith(path) ? told : `${path}: ${told}`);
  }
}

async function openRows(path: string, model: string, outputs: readonly string[]): Promise<void> {
  if (outputs.length > 0) await writeFile(model, withOpenRows(path, await readFile(model), new Set(outputs)));
}

async function nextVersion(model: string): Promise<number> {
  const entries = await readdir(model).catch((): string[] => []);
  return Math.max(0, ...entries.filter((entry) => /^[1-9]\d{0,14}$/.test(entry)).map(Number)) + 1;
}

async function knownConfig(model: string, name: string): Promise<ModelConfig | undefined> {
  const entries = await readdir(model).catch((): string[] => []);
  if (!entries.includes("config.json")) return undefined;
  const config = await readConfig(model, name);
  if ("reason" in config) throw new Error(`${config.reason}. Mend it first, or choose another --name`);
  return config;
}

async function writeGolden(
  staged: string,
  given: string | undefined,
  { tried }: ImportDecision,
): Promise<void> {
  const path = join(staged, "golden.json");
  if (given !== undefined) await copyFile(given, path);
  else await writeFile(path, goldenFile(tried));
}

interface ImportLocation {
  readonly staged: string;
  readonly path: string;
  readonly model: string;
  readonly known: boolean;
}

function explained(cause: unknown, { staged, path, model, known }: ImportLocation): Error {
  const reason = (cause instanceof Error ? cause.message : String(cause)).replaceAll(
    join(staged, "model.onnx"),
    path,
  );
  const hint = known
    ? `. ${model}/config.json is for another graph: choose another --name, or change it`
    : "";
  return new Error(`${reason.startsWith(path) ? reason : `${path}: ${reason}`}${hint}`);
}

function batchingNote(batching: Batching, text: boolean): string {
  if (!batching.together)
    return text
      ? `each text is computed by itself: ${batching.reason}`
      : `requests are computed one by one: ${batching.reason}`;
  const what = text ? "texts of similar length are computed together, padded and masked" : "rows stay apart";
  return `${what}, and answered together what they are answered alone, ${answersOf(batching)}`;
}

function notesOf(
  decision: ImportDecision,
  brought: ImportedFiles,
  { golden }: ImportOptions,
  known: ModelConfig | undefined,
) {
  const tensors = (list: ImportDecision["input"]) =>
    list.map(({ name, datatype, dims }) => `${name} ${datatype} [${dims.join(", ")}]`).join("; ");
  return [
    `takes ${tensors(decision.input)}`,
    `gives ${tensors(decision.output)}`,
    ...decision.notes,
    ...brought.zipMaps.map(
      ({ name, classes }) =>
        `output ${name} was a list of maps (ZipMap); it is now a ${classes.length > 0 ? `matrix, its columns ${classes.join(", ")}` : "tensor, the classes of each target its last dimension"}`,
    ),
    ...brought.sequences.map(
      ({ name, parts }) =>
        `output ${name} was a list of tensors; each is an output of its own now: ${parts.join(", ")}`,
    ),
    ...brought.weights.map((name) => `weights ${name} copied along`),
    golden === undefined
      ? "golden.json is ONNX Runtime's own answer: it proves that the gateway computes the same later, not that the export is right. Give the training library's with --golden FILE"
      : `golden.json is ${golden}, and was reproduced`,
    known === undefined ? "config.json is new" : "config.json was there and is kept as it is",
  ];
}
