/**
 * A file of the data folder. Its tables are given by their owners, who know what is in them; the library that keeps them
 * is known here alone. Reads are the socket thread's own, from the file as mapped; writes are those of a thread.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type Database, type Key, open, type RootDatabase } from "lmdb";
import {
  builtPrograms,
  cannotBeUsed,
  DataFolderError,
  type Programs,
  unwatched,
  type WriterDecorator,
} from "../data-folder.js";
import { faultOf } from "./data-file.js";
import { environmentOptions, type TableWrite } from "./environment.js";
import { usedBytes } from "./used-bytes.js";
import { type TableWriter, WriterHandle } from "./writer-handle.js";

/** A table, to be read: records by their keys, in the keys' order. It shows what was written before. */
export type Table = Pick<Database<Uint8Array, Key>, "get" | "getKeys" | "getRange">;

export interface TableFileForm<Name extends string> {
  readonly fileName: string;
  /** Names of its tables. */
  readonly tables: readonly Name[];
  /** What helps where it is damaged, in sentences for the operator. */
  readonly damaged: string;
  /** Looks at a sound file before anything is written to it. @throws DataFolderError when it is not fit to be used */
  readonly look?: (path: string) => Promise<void>;
}

export class TableFile<Name extends string> {
  private readonly environment: RootDatabase<Uint8Array, Key>;
  private readonly tables: ReadonlyMap<string, Database<Uint8Array, Key>>;
  /** Until the next write. */
  private measured: number | undefined;

  /** @param path the file, which the writer has open already, with these tables */
  constructor(
    path: string,
    names: readonly Name[],
    private readonly writer: TableWriter,
  ) {
    this.environment = open<Uint8Array, Key>(environmentOptions(path));
    this.tables = new Map(
      names.map((name) => [name, this.environment.openDB<Uint8Array, Key>({ name, encoding: "binary" })]),
    );
  }

  /**
   * Made if it was not there.
   * @param owner reads its tables and is what they are opened for
   * @throws DataFolderError naming the file and what to do
   */
  static async open<Name extends string, Owner>(
    folder: string,
    form: TableFileForm<Name>,
    owner: (file: TableFile<Name>) => Owner,
    programs: Programs = builtPrograms,
    watch: WriterDecorator = unwatched,
  ): Promise<Owner> {
    const path = await prepareTableFile(folder, form, programs);
    const { fileName, tables, damaged } = form;
    let writer: TableWriter | undefined;
    try {
      writer = watch(fileName, await WriterHandle.start(programs.writer, { path, databases: tables }));
      return owner(new TableFile(path, tables, writer));
    } catch (error) {
      await writer?.close();
      throw cannotBeUsed(path, error, damaged);
    }
  }

  table(name: Name): Table {
    return this.tables.get(name) as Database<Uint8Array, Key>; // every name has one
  }

  get usedBytes(): number {
    this.measured ??= usedBytes(this.environment, this.tables.values());
    return this.measured;
  }

  /** One transaction, which reads show from then on. @throws when nothing of it is on the medium */
  async write(writes: readonly TableWrite[]): Promise<void> {
    await this.writer.write(writes);
    this.environment.resetReadTxn();
    this.measured = undefined;
  }

  /** Nothing may be under way. */
  async close(): Promise<void> {
    await this.writer.close();
    await this.environment.close();
  }
}

/** The file's path once it is fit to be opened. @throws DataFolderError naming the file and what to do */
export async function prepareTableFile<Name extends string>(
  folder: string,
  { fileName, tables, damaged, look }: TableFileForm<Name>,
  { reader }: Pick<Programs, "reader">,
): Promise<string> {
  const path = join(folder, fileName);
  try {
    mkdirSync(folder, { recursive: true });
    const fault = faultOf(path, reader, tables);
    if (fault !== undefined) throw new Error(fault);
    await look?.(path);
    return path;
  } catch (error) {
    if (error instanceof DataFolderError) throw error;
    throw cannotBeUsed(path, error, damaged);
  }
}

/** Opens a file for one look at a table, while nobody else has it open. @param look answers what is to be written there */
export async function lookInto(path: string, name: string, look: (table: Table) => readonly TableRecord[]) {
  const environment = open<Uint8Array, Key>(environmentOptions(path));
  try {
    const table = environment.openDB<Uint8Array, Key>({ name, encoding: "binary" });
    const puts = look(table);
    if (puts.length === 0) return;
    table.transactionSync(() => {
      for (const { key, value } of puts) table.putSync(key, Buffer.from(value));
    });
  } finally {
    await environment.close();
  }
}

interface TableRecord {
  readonly key: string;
  readonly value: Uint8Array;
}
