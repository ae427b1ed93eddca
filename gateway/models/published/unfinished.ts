/**
 * What a killed gateway leaves of publications. A new model is one rename, and is there or not. A version of a known
 * model is two: its folder, and then the model's config; where only the first was done, the second is done now.
 */
import { existsSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { historyFile } from "../../../engines/onnx/promotion-history.js";

export const unfinishedPrefix = ".publishing-";

/** The name of the file that says which version of a known model the folder was for. */
export const publicationFile = "publication.json";

/** @param folder of the published models */
export function sweepUnfinished(folder: string): void {
  for (const name of readdirSync(folder)) {
    if (!name.startsWith(unfinishedPrefix)) continue;
    const stage = join(folder, name);
    completeVersion(folder, stage);
    rmSync(stage, { recursive: true, force: true });
  }
}

function completeVersion(folder: string, stage: string): void {
  const config = join(stage, "config.json");
  const publication = join(stage, publicationFile);
  if (!existsSync(config) || !existsSync(publication)) return;
  const { model: name, version } = JSON.parse(readFileSync(publication, "utf8")) as {
    readonly model: string;
    readonly version: number;
  };
  const model = join(folder, name);
  const isMoved = existsSync(join(model, String(version))) && !existsSync(join(stage, String(version)));
  if (!isMoved) return;
  const history = join(stage, historyFile);
  if (existsSync(history)) renameSync(history, join(model, historyFile));
  renameSync(config, join(model, "config.json"));
  const card = join(stage, "README.md");
  if (existsSync(card)) renameSync(card, join(model, "README.md"));
}
