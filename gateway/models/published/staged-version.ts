/**
 * A version that is being published, in a hidden folder of the repository: `<version>/` with its files, the model's
 * `config.json` and its card. The gateway and its commands pass over hidden folders.
 */
import { copyFile, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readGraphHeader } from "../../../engines/onnx/graph-header/graph-header.js";
import { libraryGoldenFile } from "../../../engines/onnx/import/golden-file.js";
import { summaryMetadata } from "../../../engines/policy-layout.js";
import { HeadgateError } from "../../../protocol/errors.js";
import { tolerancesOf } from "../exported-model.js";
import { syncFiles, writeFiles } from "../folder-writer.js";
import type { Proofs } from "../proofs.js";
import type { PublicationRequest } from "../trained-models.js";
import { modelCard, uploadedCard } from "./model-card.js";
import { type ConfigFile, exportedConfig } from "./published-config.js";

export interface StagedVersion {
  /** What the model takes and answers, without what chooses among its versions. */
  readonly config: ConfigFile;
  /** The model's card; absent: an earlier one stays. */
  readonly card?: string;
}

export interface StagingPlace {
  /** The hidden folder. */
  readonly stage: string;
  readonly model: string;
  readonly version: number;
  /** The `config.json` of the model's earlier versions. */
  readonly knownConfig: string | undefined;
}

export interface UploadProving {
  readonly proofs: Pick<Proofs, "add">;
  /** The niceness of the process that reads the file. */
  readonly nice: number;
}

/** The name of the file that tells a version's training, in its folder. */
export const trainingFile = "training.json";

/** Writes the files of a model that a trainer exported. */
export async function stageExported(
  { stage, model, version }: StagingPlace,
  { model: exported, card }: Pick<PublicationRequest, "model" | "card">,
): Promise<StagedVersion> {
  await writeFiles(join(stage, String(version)), {
    "model.onnx": exported.onnx,
    "golden.json": libraryGoldenFile(madeBy(card), exported.golden, tolerancesOf(exported)),
    [trainingFile]: `${JSON.stringify({ ...card, convertMs: exported.convertMs }, null, 2)}\n`,
  });
  const description = `Trained by ${card.trainer} on ${card.rows} rows of ${card.columns} columns.`;
  return {
    config: exportedConfig(model, description, exported, card.policy),
    card: modelCard(model, String(version), card, exported),
  };
}

/**
 * Writes the files of a client's own graph: what it takes and answers is read from it, and its golden answer is the
 * one that ONNX Runtime gives, in a process of its own.
 * @throws HeadgateError invalid_argument with the reason why the file is refused
 */
export async function stageUploaded(
  { stage, model, version, knownConfig }: StagingPlace,
  onnx: Uint8Array,
  { proofs, nice }: UploadProving,
): Promise<StagedVersion> {
  const models = join(stage, "repository");
  const path = join(stage, "upload.onnx");
  await mkdir(join(models, model), { recursive: true, mode: 0o700 });
  await writeFile(path, onnx, { mode: 0o600 });
  const config = join(models, model, "config.json");
  if (knownConfig !== undefined) await copyFile(knownConfig, config);
  const addition = { path, name: model, models, version, stage: join(models, ".adding") };
  try {
    await proofs.add(addition, { nice });
  } catch (error) {
    throw refusedFile(error, path);
  }
  const made = JSON.parse(await readFile(config, "utf8")) as ConfigFile;
  await rename(join(models, model, String(version)), join(stage, String(version)));
  await rm(models, { recursive: true, force: true });
  await rm(path, { force: true });
  await syncFiles(stage);
  const { metadata } = await readGraphHeader(join(stage, String(version), "model.onnx"));
  const summary = metadata.get(summaryMetadata);
  return {
    config: made,
    ...(summary !== undefined && { card: uploadedCard(model, String(version), summary) }),
  };
}

/** What to do about weights in another file, which an operator's repository may have and an upload cannot. */
const inOneFile =
  ", and an upload is one file: save it anew with onnx.save_model(model, path, save_as_external_data=False)";

function refusedFile(error: unknown, path: string): HeadgateError {
  const reason = (error instanceof Error ? error.message : String(error))
    .replaceAll(path, "the file")
    .replace(/, outside the model's own folder\. Save it anew .*| are not beside it; .*/s, inOneFile)
    .replace(
      /\. \S+config\.json is for another graph: .*$/s,
      "; the model's versions so far differ: choose another name",
    );
  return new HeadgateError("invalid_argument", `onnx: ${reason}`, { cause: error });
}

function madeBy({ trainer, libraries }: PublicationRequest["card"]): string {
  const versions = Object.entries(libraries).map(([name, version]) => `${name} ${version}`);
  return [trainer, ...versions].join(", ");
}
