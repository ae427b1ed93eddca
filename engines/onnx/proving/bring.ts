/** The repository's commands as tasks of a proving process: what they open may have no end either. */
import { rm } from "node:fs/promises";
import { type Added, type Addition, stageOf } from "../bring/addition.js";
import { type Checked, checkModels } from "../bring/check-models.js";
import { provingEnvironment } from "./environment.js";
import type { Provers } from "./provers.js";

const intraOpThreads = 1;

/** @throws with what is wrong and what to do; the repository is as it was then */
export async function addApart(provers: Pick<Provers, "ask">, addition: Addition): Promise<Added> {
  const stage = stageOf(addition);
  try {
    return await provers.ask({ kind: "add", addition: { ...addition, stage } }, { gentle: false });
  } finally {
    await rm(stage, { recursive: true, force: true }); // a process that was killed left it
  }
}

/** Each version in its own time. @throws when the folder cannot be read */
export function checkApart(provers: Pick<Provers, "ask">, folder: string): Promise<Checked[]> {
  const environment = provingEnvironment(intraOpThreads);
  return checkModels(folder, async (source) => {
    await provers.ask({ kind: "digest", source, environment }, { gentle: false });
    return provers.ask({ kind: "prove", source, intraOpThreads }, { gentle: false });
  });
}
