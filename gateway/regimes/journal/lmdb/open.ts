/** Opens the journal in a data folder, or says why it cannot be used and what to do. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { open } from "lmdb";
import { nanoid } from "nanoid";
import type { Clock } from "../../../clock.js";
import type { Retention } from "../../../events/event-log.js";
import {
  builtPrograms,
  cannotBeUsed,
  DataFolderError,
  type Programs,
  unwatched,
  type WatchWriter,
} from "../../../storage/data-folder.js";
import { faultOf } from "../../../storage/lmdb/data-file.js";
import { environmentOptions, pack, unpack } from "../../../storage/lmdb/environment.js";
import { type Writer, WriterHandle } from "../../../storage/lmdb/writer-handle.js";
import type { Journal } from "../../journal.js";
import { databases, format } from "./layout.js";
import { LmdbLog } from "./lmdb-log.js";

export const fileName = "regimes.mdb";

/** @throws DataFolderError naming the folder */
export async function openLmdbLog(
  folder: string,
  clock: Clock,
  retention: Retention,
  programs: Programs = builtPrograms,
  watch: WatchWriter = unwatched,
): Promise<Journal> {
  const path = await prepare(folder, programs);
  let writer: Writer | undefined;
  try {
    writer = watch(fileName, await WriterHandle.start(programs.writer, { path, databases }));
    return new LmdbLog(path, writer, clock, retention);
  } catch (error) {
    await writer?.close();
    throw unusable(path, error);
  }
}

/** The file, made if it was not there, and fit to be opened. @throws DataFolderError naming the folder */
export async function prepare(folder: string, { reader }: Pick<Programs, "reader">): Promise<string> {
  const path = join(folder, fileName);
  try {
    mkdirSync(folder, { recursive: true });
    const fault = faultOf(path, reader, databases);
    if (fault !== undefined) throw new Error(fault);
    await requireFormat(path);
    return path;
  } catch (error) {
    if (error instanceof DataFolderError) throw error;
    throw unusable(path, error);
  }
}

/** Before anything is written: a folder of a newer gateway stays as it is. A new one is given its epoch. */
async function requireFormat(path: string): Promise<void> {
  const environment = open<Uint8Array, string>(environmentOptions(path));
  try {
    const meta = environment.openDB<Uint8Array, string>({ name: "meta", encoding: "binary" });
    const found = meta.get("format");
    if (found === undefined) {
      meta.transactionSync(() => {
        meta.putSync("format", Buffer.from(pack(format)));
        meta.putSync("epoch", Buffer.from(pack(nanoid())));
      });
      return;
    }
    const of = unpack<number>(found);
    if (of > format)
      throw new DataFolderError(
        `data: ${path} was written by a newer gateway (format ${of}, this one knows ${format}). ` +
          "Run that gateway, or give this one another folder (--data).",
      );
  } finally {
    await environment.close();
  }
}

function unusable(path: string, error: unknown): DataFolderError {
  return cannotBeUsed(
    path,
    error,
    "Put a backup in its place, or move it away to start with an empty log (subscribers are then told that they " +
      "missed events, and feeds open their streams anew).",
  );
}
