/** Opens the file of answers in a data folder, or throws an error that says why it cannot be used and what to do. */
import type { Clock } from "../clock.js";
import type { Programs, WriterDecorator } from "../storage/data-folder.js";
import { TableFile, type TableFileForm } from "../storage/lmdb/table-file.js";
import type { AccountLookup, AnswerBounds, AnswerStore } from "./answer-store.js";
import { type AnswerTableName, answerDatabases, LmdbAnswers } from "./lmdb-answers.js";

export const answersFileName = "answers.mdb";

export const answersFile: TableFileForm<AnswerTableName> = {
  fileName: answersFileName,
  tables: answerDatabases,
  damaged: "Put a backup in its place, or move it away: then requests whose key was used before run again.",
};

/** @throws DataFolderError naming the file */
export function openLmdbAnswers<T>(
  folder: string,
  clock: Clock,
  bounds: AnswerBounds,
  programs?: Programs,
  watch?: WriterDecorator,
  accountOf?: AccountLookup,
): Promise<AnswerStore<T>> {
  const owner = (file: TableFile<AnswerTableName>) => new LmdbAnswers<T>(file, clock, bounds, accountOf);
  return TableFile.open(folder, answersFile, owner, programs, watch);
}
