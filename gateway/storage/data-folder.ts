/** What every owner of a file in the data folder shares: the programs that write and read it, and what to say of one that cannot be used. */
import type { TableWriter } from "./lmdb/writer-handle.js";
import { writeFaultOf } from "./write-fault.js";

/** A data folder that cannot be used. Nothing in it was changed. */
export class DataFolderError extends Error {
  override readonly name = "DataFolderError";
}

/** Where the built programs are that run in a thread or process of their own. */
export interface Programs {
  readonly writer: URL;
  readonly reader: URL;
}

export const builtPrograms: Programs = {
  writer: new URL("./lmdb/writer.js", import.meta.url),
  reader: new URL("./lmdb/file-reader.js", import.meta.url),
};

/** Follows what becomes of a file's writes. */
export type WriterDecorator = (file: string, writer: TableWriter) => TableWriter;

export const unwatched: WriterDecorator = (_, writer) => writer;

/** @param damaged what helps where the disk has nothing against it: then it is the file */
export function cannotBeUsed(path: string, error: unknown, damaged: string): DataFolderError {
  const why = error instanceof Error ? error.message : String(error);
  const advice = writeFaultOf(error)?.advice ?? damaged;
  return new DataFolderError(`data: ${path} cannot be used: ${why}. ${advice}`, { cause: error });
}
