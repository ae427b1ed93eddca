/** Runs the repository's commands in a proving process, because the models that they open may hang or crash. */
import { rm } from "node:fs/promises";
import type { GoldenOptions, GoldenResult } from "../golden-maker/make-golden.js";
import { checkModels, type ModelCheck } from "../import/check-models.js";
import { type ImportOptions, type ImportResult, stageOf } from "../import/import-options.js";
import { provingEnvironment } from "./environment.js";
import { niceness } from "./niceness.js";
import type { ProverPool } from "./prover-pool.js";

const intraOpThreads = 1;

/** @throws with the reason and the remedy; the repository is then unchanged */
export async function addModelIsolated(
  provers: Pick<ProverPool, "ask">,
  addition: ImportOptions,
): Promise<ImportResult> {
  const stage = stageOf(addition);
  try {
    return await provers.ask({ kind: "add", addition: { ...addition, stage } }, { nice: niceness.alone });
  } finally {
    await rm(stage, { recursive: true, force: true }); // removes the files of a process that was killed
  }
}

/**
 * Checks each version with a time limit of its own.
 * @throws when the folder cannot be read
 */
export function checkModelsIsolated(provers: Pick<ProverPool, "ask">, folder: string): Promise<ModelCheck[]> {
  const environment = provingEnvironment(intraOpThreads);
  return checkModels(folder, async (source) => {
    await provers.ask({ kind: "digest", source, environment }, { nice: niceness.alone });
    return provers.ask({ kind: "prove", source, intraOpThreads }, { nice: niceness.alone });
  });
}

/** @throws with the reason and the remedy; no file is written then */
export function makeGoldenIsolated(
  provers: Pick<ProverPool, "ask">,
  options: GoldenOptions,
): Promise<GoldenResult> {
  return provers.ask({ kind: "golden", options }, { nice: niceness.alone });
}
