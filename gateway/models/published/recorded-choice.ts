/** Changes what chooses among a model's versions, and records it: both files are as they were where either fails. */
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { historyFile, historyText, readHistory } from "../../../engines/onnx/promotion-history.js";
import type { PromotionRecord } from "../../../protocol/promotion-frames.js";
import { replaceWhole } from "../folder-writer.js";

/** Who makes a choice, when and why. */
export interface ChoiceMaker {
  readonly by: string;
  /** Milliseconds since the epoch. */
  readonly ts: number;
  readonly reason?: string | undefined;
}

export interface RecordedChoice {
  readonly record: PromotionRecord;
  /** Sentences for who runs the command. */
  readonly notes: readonly string[];
  /** Makes config and record what they were before. */
  undo(): Promise<void>;
}

/**
 * The record is written first: a gateway that is killed between the two leaves a record of a change that was not made,
 * and never a change without a record.
 */
export async function recordChoice(
  modelPath: string,
  record: PromotionRecord,
  change: () => Promise<readonly string[]>,
): Promise<RecordedChoice> {
  const paths = ["config.json", historyFile].map((name) => join(modelPath, name));
  const before = await Promise.all(paths.map((path) => textOf(path)));
  const undo = async () => {
    for (const [at, path] of paths.entries()) await restore(path, before[at]);
  };
  const known = await readHistory(modelPath);
  await replaceWhole(join(modelPath, historyFile), historyText(known, record));
  try {
    return { record, notes: await change(), undo };
  } catch (error) {
    await undo();
    throw error;
  }
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

async function restore(path: string, text: string | undefined): Promise<void> {
  if (text === undefined) await rm(path, { force: true });
  else if ((await textOf(path)) !== text) await replaceWhole(path, text);
}
