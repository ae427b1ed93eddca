/**
 * What the owners of the files in the data folder share: the programs that write and read them, and the error for a
 * file that cannot be used.
 */
import type { TableWriter } from "./lmdb/writer-handle.js";
import { writeFaultOf } from "./write-fault.js";

/** A data folder that cannot be used. Nothing in it was changed. */
export class DataFolderError extends Error {
  override readonly name = "DataFolderError";
}

/** The built programs that run in a thread or a process of their own. */
export interface Programs {
  readonly writer: URL;
  readonly reader: URL;
}

export const builtPrograms: Programs = {
  writer: new URL("./lmdb/writer.js", import.meta.url),
  reader: new URL("./lmdb/file-reader.js", import.meta.url),
};

/** Wraps a writer, to observe what becomes of a file's writes. */
export type WriterDecorator = (file: string, writer: TableWriter) => TableWriter;

export const unwatched: WriterDecorator = (_, writer) => writer;

/** @param damaged what to do where the disk reports no error, so that the file itself is damaged */
export function cannotBeUsed(path: string, error: unknown, damaged: string): DataFolderError {
  const why = error instanceof Error ? error.message : String(error);
  const advice = writeFaultOf(error)?.advice ?? damaged;
  return new DataFolderError(`data: ${path} cannot be used: ${why}. ${advice}`, { cause: error });
}
