/** Writes rows to a table in memory and on disk, so that both have them or neither does. */
import { HeadgateError } from "../../protocol/errors.js";
import { inBrackets } from "../storage/write-fault.js";
import type { TurnBudget } from "../turn-budget.js";
import type { ContentHash } from "./content-hash.js";
import type { DatasetRoom } from "./dataset-room.js";
import type { DatasetStore } from "./dataset-store.js";
import type { NamespaceDatasets } from "./namespace-datasets.js";
import type { ResidentTables } from "./resident-tables.js";
import { RowBlock } from "./row-block.js";
import type { RowSet, RowTable } from "./row-table.js";

export interface RowTableWriterDependencies {
  readonly store: DatasetStore;
  readonly resident: ResidentTables;
  readonly room: DatasetRoom;
  readonly turns: TurnBudget;
}

export class RowTableWriter {
  constructor(private readonly dependencies: RowTableWriterDependencies) {}

  /**
   * Writes the first rows of a table.
   * @throws HeadgateError resource_exhausted or unavailable; then the table is discarded
   */
  async fill(owner: NamespaceDatasets, table: RowTable, rows: RowSet, hash: ContentHash): Promise<RowTable> {
    try {
      await this.append(owner, table, rows, hash);
      return table;
    } catch (error) {
      await this.discard(owner, table);
      throw error;
    }
  }

  /**
   * @param hash of the table's rows and these
   * @throws HeadgateError resource_exhausted or unavailable; then the table is as it was
   */
  async append(owner: NamespaceDatasets, table: RowTable, rows: RowSet, hash: ContentHash): Promise<void> {
    const { resident, room, turns } = this.dependencies;
    room.take(owner, table, rows.bytes);
    try {
      await resident.whilePinned(table, async () => {
        const inMemory = table.rows === 0 || table.resident;
        // The disk takes as long as the rest of a put together, so it begins before the rows are copied.
        await bothEnded(
          this.writeReceived(table, rows),
          inMemory ? turns.all(table.write(rows)) : Promise.resolve(),
        );
        await this.writeJoined(table, rows, inMemory);
        table.commit(rows.count, hash);
        if (!inMemory) resident.evict(table); // somebody may have read it meanwhile, without these rows
      });
    } catch (error) {
      room.release(owner, table, rows.bytes);
      throw error;
    }
  }

  /** A hash of a table's rows, to which further ones can be added. The rows are read only after a restart. */
  hashOf(table: RowTable): Promise<ContentHash> {
    const { resident, turns } = this.dependencies;
    const hash = () => turns.all(table.contentHash());
    return table.isHashed ? hash() : resident.whileInMemory(table, hash);
  }

  /** The last rows of a table were not kept: no dataset has a version with them. */
  revert(owner: NamespaceDatasets, table: RowTable, { count, bytes }: RowSet): void {
    table.revert(count);
    this.dependencies.room.release(owner, table, bytes);
  }

  /** Deletes a table that no dataset has. */
  async discard(owner: NamespaceDatasets, table: RowTable): Promise<void> {
    this.release(owner, table);
    await this.deleteFiles(table);
  }

  /** A table that no dataset has leaves the memory, and its bytes count no more. */
  release(owner: NamespaceDatasets, table: RowTable): void {
    const { resident, room } = this.dependencies;
    table.discarded = true;
    resident.forget(table);
    table.evict();
    room.release(owner, table);
  }

  /**
   * Deletes the rows of a table that no dataset names on disk. What cannot be deleted now is removed at the next start.
   */
  async deleteFiles(table: RowTable): Promise<void> {
    await this.dependencies.store.discard(table.id, table.blocks.length).catch(() => undefined);
  }

  /** Writes the blocks whose rows came as they lie in the block. */
  private async writeReceived(table: RowTable, { columns }: RowSet): Promise<void> {
    for (const [at, block] of table.blocks.entries()) {
      const bytes = block.asReceived(columns);
      if (bytes !== undefined) await this.writeBlock(table, at, bytes);
    }
  }

  /**
   * Writes the blocks whose columns are joined.
   * @param inMemory whether they were joined in the table's own memory. The earlier rows of a table that is not in
   * memory need not be read for those that are added.
   */
  private async writeJoined(table: RowTable, { columns, count }: RowSet, inMemory: boolean): Promise<void> {
    const { rows, blocks } = table;
    for (const [at, block] of blocks.entries()) {
      if (block.asReceived(columns) !== undefined) continue;
      if (inMemory) await this.writeBlock(table, at, block.rows(rows, rows + count));
      else {
        const added = new RowBlock(block.layout);
        await this.dependencies.turns.all(added.append(0, columns, count));
        await this.writeBlock(table, at, added.rows(0, count));
      }
    }
  }

  private writeBlock({ id, rows, blocks }: RowTable, at: number, bytes: Uint8Array): Promise<void> {
    const offset = rows * (blocks[at] as RowBlock).layout.rowBytes;
    return kept(this.dependencies.store.write({ table: id, block: at }, offset, bytes));
  }
}

/**
 * Settles when both have ended, so that neither goes on after the other has failed.
 * @throws what the first of them threw
 */
async function bothEnded(first: Promise<void>, second: Promise<void>): Promise<void> {
  for (const ended of await Promise.allSettled([first, second]))
    if (ended.status === "rejected") throw ended.reason;
}

/** @throws HeadgateError unavailable that says why the disk refused, and never where it is */
export async function kept(written: Promise<void>): Promise<void> {
  try {
    await written;
  } catch (error) {
    throw new HeadgateError(
      "unavailable",
      `the gateway could not write to its data folder${inBrackets(error)}; nothing was kept`,
      { processed: "no", cause: error },
    );
  }
}
