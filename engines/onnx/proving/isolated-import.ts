/** The repository's commands as tasks of a proving process: what they open may have no end either. */
import { rm } from "node:fs/promises";
import type { GoldenOptions, GoldenResult } from "../golden-maker/make-golden.js";
import { checkModels, type ModelCheck } from "../import/check-models.js";
import { type ImportOptions, type ImportResult, stageOf } from "../import/import-options.js";
import { provingEnvironment } from "./environment.js";
import type { ProverPool } from "./prover-pool.js";

const intraOpThreads = 1;

/** @throws with what is wrong and what to do; the repository is as it was then */
export async function addModelIsolated(
  provers: Pick<ProverPool, "ask">,
  addition: ImportOptions,
): Promise<ImportResult> {
  const stage = stageOf(addition);
  try {
    return await provers.ask({ kind: "add", addition: { ...addition, stage } }, { gentle: false });
  } finally {
    await rm(stage, { recursive: true, force: true }); // a process that was killed left it
  }
}

/** Each version in its own time. @throws when the folder cannot be read */
export function checkModelsIsolated(provers: Pick<ProverPool, "ask">, folder: string): Promise<ModelCheck[]> {
  const environment = provingEnvironment(intraOpThreads);
  return checkModels(folder, async (source) => {
    await provers.ask({ kind: "digest", source, environment }, { gentle: false });
    return provers.ask({ kind: "prove", source, intraOpThreads }, { gentle: false });
  });
}

/** @throws with what is wrong and what to do; nothing is written then */
export function makeGoldenIsolated(
  provers: Pick<ProverPool, "ask">,
  options: GoldenOptions,
): Promise<GoldenResult> {
  return provers.ask({ kind: "golden", options }, { gentle: false });
}
