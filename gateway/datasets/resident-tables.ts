/**
 * Which tables are in memory. A table that is not is read from the store when it is asked for, once for all who ask;
 * beyond the bound the tables that were not used for longest leave. Whoever has a view of a table's rows keeps it.
 */
import { HeadgateError } from "../../protocol/errors.js";
import type { TurnBudget } from "../turn-budget.js";
import type { DatasetCounts } from "./dataset-counts.js";
import { DamagedRowsError, type DatasetStore } from "./dataset-store.js";
import { RowTable } from "./row-table.js";

export class ResidentTables {
  /** The bytes of each, the least recently used first. */
  private readonly tables = new Map<RowTable, number>();
  private total = 0;
  private readonly reading = new Map<RowTable, Promise<void>>();
  /** Tables that are being written. */
  private readonly pinned = new Set<RowTable>();

  constructor(
    private readonly store: Pick<DatasetStore, "read">,
    private readonly bytesMax: number,
    private readonly turns: TurnBudget,
    private readonly counts: DatasetCounts,
  ) {}

  /** Bytes of the tables in memory. */
  get bytes(): number {
    return this.total;
  }

  /** A table that is in memory was used: others leave before it. */
  used(table: RowTable): void {
    this.forget(table);
    if (table.discarded) return; // it is only as long in memory as a request has its rows
    this.tables.set(table, table.residentBytes);
    this.total += table.residentBytes;
    if (this.total > this.bytesMax) this.makeRoom(table);
  }

  forget(table: RowTable): void {
    this.total -= this.tables.get(table) ?? 0;
    this.tables.delete(table);
  }

  evict(table: RowTable): void {
    this.forget(table);
    table.evict();
  }

  /** Does work with the rows of a table, which is in memory meanwhile. */
  whileInMemory<T>(table: RowTable, work: () => Promise<T>): Promise<T> {
    return this.whilePinned(table, async () => {
      if (!table.resident) await this.read(table);
      return work();
    });
  }

  /** Does work with a table, which stays in memory meanwhile if it is there or comes there. */
  async whilePinned<T>(table: RowTable, work: () => Promise<T>): Promise<T> {
    this.pinned.add(table);
    try {
      return await work();
    } finally {
      this.pinned.delete(table);
      if (table.resident) this.used(table);
    }
  }

  /**
   * Reads a table that is not in memory.
   * @throws HeadgateError unavailable when the disk cannot be read; not_found when the rows are gone or others
   */
  read(table: RowTable): Promise<void> {
    const underWay = this.reading.get(table);
    if (underWay !== undefined) return underWay;
    const read = this.fill(table).finally(() => this.reading.delete(table));
    this.reading.set(table, read);
    return read;
  }

  private makeRoom(used: RowTable): void {
    for (const oldest of this.tables.keys()) {
      if (this.total <= this.bytesMax) return;
      if (oldest === used || this.pinned.has(oldest)) continue;
      this.evict(oldest);
      this.counts.evictions++;
    }
  }

  private async fill(table: RowTable): Promise<void> {
    if (table.resident) return this.used(table);
    const { rows } = table;
    const filled = table.blocks.map((block) => block.allocate(rows));
    this.counts.reads++;
    try {
      for (const [block, memory] of filled.entries())
        await this.store.read({ table: table.id, block }, memory);
    } catch (error) {
      throw refusalOf(table, error);
    }
    if (table.rows !== rows) return this.fill(table); // it has grown meanwhile
    await this.verify(table, filled);
    for (const [at, block] of table.blocks.entries()) block.fill(filled[at] as Uint8Array);
    this.used(table);
  }

  /**
   * Compares the first rows that are read after a restart with the hash that was kept: whatever became of the files
   * while the gateway was away, no request is answered from other rows than those that were put.
   */
  private async verify(table: RowTable, filled: readonly Uint8Array[]): Promise<void> {
    if (table.isHashed || table.restoredHash === undefined) return;
    const copy = new RowTable(table.id, table.columns, undefined);
    for (const [at, block] of copy.blocks.entries()) block.fill(filled[at] as Uint8Array);
    copy.rows = table.rows;
    const hash = await this.turns.all(copy.contentHash());
    if (hash.digest(copy.rows) !== table.restoredHash)
      throw refusalOf(table, new DamagedRowsError("the rows have another hash than those that were kept"));
    table.commit(0, hash);
  }
}

function damagedRefusal(cause?: Error): HeadgateError {
  return new HeadgateError(
    "not_found",
    "the dataset's rows in the gateway's data folder are not those that were put: put it again",
    { cause },
  );
}

/** @throws HeadgateError not_found when the table's rows are known not to be those that were put */
export function requireWhole({ damaged }: RowTable): void {
  if (damaged) throw damagedRefusal();
}

function refusalOf(table: RowTable, error: unknown): HeadgateError {
  if (table.discarded)
    return new HeadgateError(
      "not_found",
      "the dataset was dropped, or made room for others, before its rows were read: put it again",
    );
  if (error instanceof DamagedRowsError) {
    table.damaged = true;
    return damagedRefusal(error);
  }
  return new HeadgateError("unavailable", "the gateway could not read the dataset from its data folder", {
    processed: "no",
    cause: error,
  });
}
