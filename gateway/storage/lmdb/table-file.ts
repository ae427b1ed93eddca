/**
 * A file of the data folder. Its owners name its tables and know their content; the library that stores them is used
 * here only. The socket thread reads the mapped file itself; a thread writes.
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

/** A table for reading: records by their keys, in the keys' order. It shows all completed writes. */
export type Table = Pick<Database<Uint8Array, Key>, "get" | "getKeys" | "getRange">;

export interface TableFileForm<Name extends string> {
  readonly fileName: string;
  /** Names of its tables. */
  readonly tables: readonly Name[];
  /** What to do where the file is damaged, in sentences for the operator. */
  readonly damaged: string;
  /**
   * Checks a sound file before anything is written to it.
   * @throws DataFolderError when it cannot be used
   */
  readonly look?: (path: string) => Promise<void>;
}

export class TableFile<Name extends string> {
  private readonly environment: RootDatabase<Uint8Array, Key>;
  private readonly tables: ReadonlyMap<string, Database<Uint8Array, Key>>;
  /** The used bytes as they were measured, until the next write. */
  private measured: number | undefined;

  /** @param path the file, which the writer has opened with these tables */
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
   * Creates the file if it does not exist.
   * @param owner reads the file's tables and is what they are opened for
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
    return this.tables.get(name) as Database<Uint8Array, Key>; // the constructor opened a table for every name
  }

  get usedBytes(): number {
    this.measured ??= usedBytes(this.environment, this.tables.values());
    return this.measured;
  }

  /**
   * Writes one transaction, which reads show from then on.
   * @throws when nothing of it is on the medium
   */
  async write(writes: readonly TableWrite[]): Promise<void> {
    await this.writer.write(writes);
    this.environment.resetReadTxn();
    this.measured = undefined;
  }

  /** Must not be called while a write is under way. */
  async close(): Promise<void> {
    await this.writer.close();
    await this.environment.close();
  }
}

/**
 * The file's path once it can be opened.
 * @throws DataFolderError naming the file and what to do
 */
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

/**
 * Opens a file to read one table, while no other process has it open.
 * @param look returns what is to be written to the table
 */
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
