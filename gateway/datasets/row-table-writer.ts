/** Writes rows to a table in memory and on disk, so that both have them or neither does. */
import { nanoid } from "nanoid";
import { HeadgateError } from "../../protocol/errors.js";
import type { QuotaAccount } from "../quotas/quota-account.js";
import { inBrackets } from "../storage/write-fault.js";
import type { TurnBudget } from "../turn-budget.js";
import type { ContentHash } from "./content-hash.js";
import type { DatasetRoom } from "./dataset-room.js";
import type { DatasetStore } from "./dataset-store.js";
import type { NamespaceDatasets } from "./namespace-datasets.js";
import type { ResidentTables } from "./resident-tables.js";
import { type RowSet, RowTable } from "./row-table.js";

export interface RowTableWriterDependencies {
  readonly store: DatasetStore;
  readonly resident: ResidentTables;
  readonly room: DatasetRoom;
  readonly turns: TurnBudget;
}

export class RowTableWriter {
  constructor(private readonly dependencies: RowTableWriterDependencies) {}

  /** @throws HeadgateError resource_exhausted or unavailable; then nothing of it is kept */
  async create(
    owner: NamespaceDatasets,
    account: QuotaAccount | undefined,
    rows: RowSet,
    hash: ContentHash,
  ): Promise<RowTable> {
    const table = new RowTable(nanoid(), rows.specs, account);
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
      await resident.whileWriting(table, async () => {
        await turns.all(table.write(rows));
        await this.writeToDisk(table, rows.count);
        table.commit(rows.count, hash);
      });
    } catch (error) {
      room.release(owner, table, rows.bytes);
      throw error;
    }
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

  private async writeToDisk(table: RowTable, count: number): Promise<void> {
    const { id, rows, blocks } = table;
    for (const [at, block] of blocks.entries()) {
      const bytes = block.rows(rows, rows + count);
      await kept(
        this.dependencies.store.write({ table: id, block: at }, rows * block.layout.rowBytes, bytes),
      );
    }
  }
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
