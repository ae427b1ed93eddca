/** A dataset: a name, and the versions of its content that are kept. */
import type { DatasetColumn, DatasetVersion } from "../../protocol/dataset-frames.js";
import type { QuotaAccount } from "../quotas/quota-account.js";
import type { StoredDataset } from "./dataset-store.js";
import type { RowTable } from "./row-table.js";

/** Content that never changes: the first so many rows of a table. */
export interface Content {
  readonly version: string;
  readonly sha256: string;
  readonly table: RowTable;
  readonly rows: number;
}

/** Content as one of the versions of a dataset. */
export interface ContentVersion extends Content {
  /** Milliseconds since the epoch. */
  readonly keptAt: number;
  readonly ts?: number | undefined;
}

export interface DatasetRecord {
  readonly namespace: string;
  readonly name: string;
  readonly tenant: string;
  /** The gateway named it after its content: it makes room for others, and does not grow. */
  readonly unnamed: boolean;
  readonly account: QuotaAccount | undefined;
  /** Milliseconds without use after which it is removed; that of all datasets when it is undefined or later. */
  readonly expiryMs?: number | undefined;
  /** The oldest first; never empty. */
  readonly versions: readonly ContentVersion[];
  /** Milliseconds since the epoch. */
  usedAt: number;
}

export function newest({ versions }: Pick<DatasetRecord, "versions">): ContentVersion {
  return versions[versions.length - 1] as ContentVersion;
}

export function versionAnswer(dataset: string, { version, sha256, table, rows }: Content): DatasetVersion {
  return { dataset, version, rows, bytes: rows * table.rowBytes, sha256 };
}

export function storedDataset({
  namespace,
  name,
  tenant,
  unnamed,
  expiryMs,
  usedAt,
  versions,
}: Omit<DatasetRecord, "account">): StoredDataset {
  const tables: Record<string, readonly DatasetColumn[]> = {};
  for (const { table } of versions) tables[table.id] = table.columns;
  return {
    namespace,
    name,
    tenant,
    unnamed,
    ...(expiryMs !== undefined && { expiryMs }),
    usedAt,
    versions: versions.map(({ table, ...each }) => ({ ...each, table: table.id })),
    tables,
  };
}
