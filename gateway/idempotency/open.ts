/** Opens the answers in a data folder, or says why they cannot be used and what to do. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "../clock.js";
import {
  builtPrograms,
  cannotBeUsed,
  type Programs,
  unwatched,
  type WatchWriter,
} from "../storage/data-folder.js";
import { faultOf } from "../storage/lmdb/data-file.js";
import { type Writer, WriterHandle } from "../storage/lmdb/writer-handle.js";
import type { AnswerBounds, AnswerStore } from "./answer-store.js";
import { answerDatabases, LmdbAnswers } from "./lmdb-answers.js";

export const answersFileName = "answers.mdb";

/** @throws DataFolderError naming the file */
export async function openLmdbAnswers<T>(
  folder: string,
  clock: Clock,
  bounds: AnswerBounds,
  { writer: program, reader }: Programs = builtPrograms,
  watch: WatchWriter = unwatched,
): Promise<AnswerStore<T>> {
  const path = join(folder, answersFileName);
  let writer: Writer | undefined;
  try {
    mkdirSync(folder, { recursive: true });
    const fault = faultOf(path, reader, answerDatabases);
    if (fault !== undefined) throw new Error(fault);
    writer = watch(answersFileName, await WriterHandle.start(program, { path, databases: answerDatabases }));
    return new LmdbAnswers<T>(path, writer, clock, bounds);
  } catch (error) {
    await writer?.close();
    throw cannotBeUsed(
      path,
      error,
      "Put a backup in its place, or move it away: then requests whose key was used before run again.",
    );
  }
}
