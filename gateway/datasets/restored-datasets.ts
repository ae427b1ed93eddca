/** Takes up the datasets that the store has. */
import type { DatasetChanges } from "./dataset-changes.js";
import type { StoredDataset } from "./dataset-store.js";
import { RowTable } from "./row-table.js";

/** What a store has counts for its tenant, whether there is room for it or not. */
export function restoreDataset(
  changes: DatasetChanges,
  { tables: stored, versions, ...dataset }: StoredDataset,
  usedAt: number,
): void {
  const { datasets } = changes.space(dataset.namespace);
  const account = changes.accountOf(dataset.tenant);
  const tables = new Map<string, RowTable>();
  for (const [id, columns] of Object.entries(stored))
    tables.set(id, datasets.table(id) ?? new RowTable(id, columns, account)); // two datasets may share a table
  const restored = versions.map(({ table: id, ...version }) => {
    const table = tables.get(id) as RowTable;
    if (version.rows > table.rows) {
      table.rows = version.rows;
      table.restoredHash = version.sha256;
    }
    return { ...version, table };
  });
  datasets.set({ ...dataset, account, versions: restored, usedAt });
  account?.hold("datasets", 1);
  for (const table of tables.values()) changes.room.restore(datasets, table);
}
