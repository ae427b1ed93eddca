/** Adds rows to datasets: behind those of the newest version, which the new version shares. */
import { nanoid } from "nanoid";
import type { DatasetVersion } from "../../protocol/dataset-frames.js";
import { HeadgateError } from "../../protocol/errors.js";
import type { TurnBudget } from "../turn-budget.js";
import { ContentHash, versionOf } from "./content-hash.js";
import { type Content, type DatasetRecord, newest, versionAnswer } from "./dataset.js";
import type { DatasetChanges, DatasetSpace } from "./dataset-changes.js";
import type { AppendRequest, DatasetOwner } from "./dataset-requests.js";
import { type ResidentTables, requireWhole } from "./resident-tables.js";
import { type RowSet, RowTable, rowSetOf } from "./row-table.js";
import { requireSameColumns } from "./same-columns.js";
import { selectedRows } from "./selection.js";

export class DatasetGrowth {
  constructor(
    private readonly changes: DatasetChanges,
    private readonly resident: ResidentTables,
    private readonly turns: TurnBudget,
  ) {}

  /**
   * Settles once the rows are behind those of the newest version, in a new version on disk.
   * @throws HeadgateError; then the dataset is as it was
   */
  append(
    owner: DatasetOwner,
    { dataset: name, version, columns, ts }: AppendRequest,
  ): Promise<DatasetVersion> {
    const rows = rowSetOf(columns);
    return this.changes.change(owner.namespace, async (space) => {
      const dataset = space.datasets.find(name, "dataset");
      const base = newest(dataset);
      requireSameColumns(base.table.columns, rows);
      requireWhole(base.table);
      if (await this.isCarriedOut(dataset, version, rows)) return versionAnswer(name, base);
      requireGrowing(dataset, version);
      if (base.rows === base.table.rows) return this.grow(space, owner, dataset, base, rows, ts);
      const fork = await this.forkOf(space, base);
      try {
        return await this.grow(space, owner, dataset, fork, rows, ts);
      } finally {
        if (space.datasets.table(fork.table.id) === undefined)
          await this.changes.writer.discard(space.datasets, fork.table);
      }
    });
  }

  /**
   * Whether the append is a repeat: its rows are those that the newest version has beyond the given one. A client that
   * lost the answer sends it again.
   */
  private async isCarriedOut(
    { versions }: DatasetRecord,
    version: string | undefined,
    { columns, count }: RowSet,
  ): Promise<boolean> {
    const { table, rows, version: present } = newest({ versions });
    const before = versions.find((each) => each.version === version);
    if (before === undefined || version === present) return false;
    if (before.table !== table || before.rows + count !== rows) return false;
    return this.resident.whileInMemory(table, async () => {
      for (const [name, { data }] of Object.entries(columns)) {
        const kept = await this.turns.all(selectedRows(table.blocks, [name], before.rows, rows));
        if (Buffer.compare(kept, data as Uint8Array) !== 0) return false;
      }
      return true;
    });
  }

  private async grow(
    space: DatasetSpace,
    owner: DatasetOwner,
    { name, expiryMs }: DatasetRecord,
    { table }: Pick<Content, "table">,
    rows: RowSet,
    ts: number | undefined,
  ): Promise<DatasetVersion> {
    const particulars = { ts, expiry_ms: expiryMs };
    const hash = await this.changes.writer.hashOf(table);
    await this.turns.all(hash.add(rows.columns));
    const sha256 = hash.digest(table.rows + rows.count);
    const known = space.datasets.content(versionOf(sha256));
    if (known !== undefined) return this.changes.add(space, owner, name, known, particulars);
    await this.changes.writer.append(space.datasets, table, rows, hash);
    const content = { version: versionOf(sha256), sha256, table, rows: table.rows };
    try {
      return await this.changes.add(space, owner, name, content, particulars);
    } catch (error) {
      this.changes.writer.revert(space.datasets, table, rows);
      throw error;
    }
  }

  /** A table of its own for the rows of a version that other versions have grown beyond. */
  private async forkOf(space: DatasetSpace, { table, rows: count }: Content): Promise<Content> {
    const { turns } = this;
    const rows = await this.resident.whileInMemory(table, () => turns.all(table.firstRows(count)));
    const hash = ContentHash.of(rows.specs);
    await turns.all(hash.add(rows.columns));
    const sha256 = hash.digest(count);
    const fork = new RowTable(nanoid(), table.columns, table.account);
    await this.changes.writer.fill(space.datasets, fork, rows, hash);
    return { version: versionOf(sha256), sha256, table: fork, rows: count };
  }
}

/** @throws HeadgateError failed_precondition */
function requireGrowing(dataset: DatasetRecord, version: string | undefined): void {
  const { name, unnamed } = dataset;
  const { version: present, rows } = newest(dataset);
  if (unnamed)
    throw new HeadgateError(
      "failed_precondition",
      `dataset: ${name} is named after its content and does not grow: put it under a name of your own first`,
    );
  if (version !== undefined && version !== present)
    throw new HeadgateError(
      "failed_precondition",
      `version: the newest version of ${name} is ${present} with ${rows} rows, not ${version}; nothing was added`,
    );
}
