/** Opens the journal in a data folder, or throws an error that says why it cannot be used and what to do. */
import { nanoid } from "nanoid";
import type { Clock } from "../../../clock.js";
import type { Retention } from "../../../events/event-log.js";
import { DataFolderError, type Programs, type WriterDecorator } from "../../../storage/data-folder.js";
import { pack, unpack } from "../../../storage/lmdb/environment.js";
import { lookInto, TableFile, type TableFileForm } from "../../../storage/lmdb/table-file.js";
import type { Journal } from "../../journal.js";
import { databases, format, type TableName } from "./layout.js";
import { LmdbJournal } from "./lmdb-journal.js";

export const fileName = "regimes.mdb";

export const journalFile: TableFileForm<TableName> = {
  fileName,
  tables: databases,
  damaged:
    "Put a backup in its place, or move it away to start with an empty log (subscribers are then told that they " +
    "missed events, and feeds open their streams anew).",
  look: requireFormat,
};

/** @throws DataFolderError naming the folder */
export function openLmdbJournal(
  folder: string,
  clock: Clock,
  retention: Retention,
  programs?: Programs,
  watch?: WriterDecorator,
): Promise<Journal> {
  return TableFile.open(
    folder,
    journalFile,
    (file) => new LmdbJournal(file, clock, retention),
    programs,
    watch,
  );
}

/**
 * Runs before anything is written: a folder that a newer gateway wrote stays as it is. A new folder gets its epoch.
 */
function requireFormat(path: string): Promise<void> {
  return lookInto(path, "meta", (meta) => {
    const found = meta.get("format");
    if (found === undefined)
      return [
        { key: "format", value: pack(format).slice() },
        { key: "epoch", value: pack(nanoid()).slice() },
      ];
    const of = unpack<number>(found);
    if (of > format)
      throw new DataFolderError(
        `data: ${path} was written by a newer gateway (format ${of}, this one knows ${format}). ` +
          "Run that gateway, or give this one another folder (--data).",
      );
    return [];
  });
}
