/**
 * Whether there is room for a dataset, by count and bytes. Where a namespace or a tenant has none left, datasets without
 * a name make room, the least recently used first; a named one is never removed for another.
 */
import { HeadgateError } from "../../protocol/errors.js";
import type { QuotaAccount } from "../quotas/quota-account.js";
import { type DatasetRecord, newest } from "./dataset.js";
import type { DatasetLimits } from "./limits.js";
import type { NamespaceDatasets } from "./namespace-datasets.js";
import type { RowTable } from "./row-table.js";

export class DatasetRoom {
  /** Bytes of all namespaces. */
  bytes = 0;

  /** @param displace removes a dataset that makes room for others */
  constructor(
    private readonly limits: DatasetLimits,
    private readonly displace: (dataset: DatasetRecord) => void,
  ) {}

  /**
   * @param table whose datasets stay; absent where there is none yet
   * @throws HeadgateError resource_exhausted when the namespace or the tenant may not have another dataset
   */
  requireDataset(owner: NamespaceDatasets, account: QuotaAccount | undefined, table?: RowTable): void {
    const { countMax } = this.limits;
    const other = (dataset: DatasetRecord) => !uses(dataset, table);
    if (owner.datasets.size >= countMax) this.displaceOldest(owner, other);
    if (owner.datasets.size >= countMax)
      throw refusal(`${owner.datasets.size} datasets are kept, the limit is ${countMax} (datasets.count)`);
    if (account?.hasRoomFor("datasets", 1) === false)
      this.displaceOldest(owner, (each) => each.account === account && other(each));
    account?.requireRoomFor("datasets", 1);
  }

  /**
   * Counts more bytes for a table that is about to be written.
   * @param tableBytes of the table so far
   * @throws HeadgateError resource_exhausted; then nothing is counted
   */
  take(owner: NamespaceDatasets, table: RowTable, more: number): void {
    const { columnsMax, datasetBytesMax, namespaceBytesMax, bytesMax } = this.limits;
    const columns = table.heldBytes > 0 ? 0 : table.columns.length;
    if (table.heldBytes + more > datasetBytesMax)
      throw refusal(
        `the dataset would have ${table.heldBytes + more} bytes, one may have ${datasetBytesMax} (datasets.dataset_bytes)`,
      );
    const lacking = (freed: FreedRoom): Lack | undefined => {
      if (owner.bytes + more - freed.all > namespaceBytesMax) return "namespace";
      if (owner.columns + columns - freed.columns > columnsMax) return "columns";
      if (this.bytes + more - freed.all > bytesMax) return "gateway";
      return table.account?.hasRoomFor("dataset_bytes", more - freed.tenant) === false ? "tenant" : undefined;
    };
    const { displaced, lack } = plannedRoom(owner, table, lacking);
    if (lack === "columns")
      throw refusal(
        `the namespace's datasets would have ${owner.columns + columns} columns, they may have ${columnsMax} (datasets.columns)`,
      );
    if (lack === "tenant") table.account?.requireRoomFor("dataset_bytes", more);
    if (lack === "namespace")
      throw refusal(
        `the namespace's datasets would have ${owner.bytes + more} bytes, they may have ${namespaceBytesMax} (datasets.namespace_bytes)`,
      );
    // How many bytes other namespaces have is not this one's to know.
    if (lack === "gateway")
      throw refusal(
        `the datasets of all namespaces have no room for ${more} bytes, they may have ${bytesMax} (datasets.bytes)`,
      );
    for (const dataset of displaced) this.displace(dataset);
    this.hold(owner, table, more);
  }

  /** Counts a table that the store has, whether there is room for it or not. */
  restore(owner: NamespaceDatasets, table: RowTable): void {
    this.hold(owner, table, table.rows * table.rowBytes - table.heldBytes);
  }

  /** Bytes of a table that is gone, or that could not be written, count no more. */
  release(owner: NamespaceDatasets, table: RowTable, bytes = table.heldBytes): void {
    table.account?.release("dataset_bytes", bytes);
    if (bytes > 0 && bytes === table.heldBytes) owner.columns -= table.columns.length;
    table.heldBytes -= bytes;
    owner.bytes -= bytes;
    this.bytes -= bytes;
  }

  /** Counts the bytes of a table for another account, whether it has room or not. */
  transfer(table: RowTable, account: QuotaAccount | undefined): void {
    table.account?.release("dataset_bytes", table.heldBytes);
    table.account = account;
    account?.hold("dataset_bytes", table.heldBytes);
  }

  private hold(owner: NamespaceDatasets, table: RowTable, more: number): void {
    table.account?.hold("dataset_bytes", more);
    if (more > 0 && table.heldBytes === 0) owner.columns += table.columns.length;
    table.heldBytes += more;
    owner.bytes += more;
    this.bytes += more;
  }

  private displaceOldest(owner: NamespaceDatasets, fits: (dataset: DatasetRecord) => boolean): void {
    const oldest = owner.displaceable().find(fits);
    if (oldest !== undefined) this.displace(oldest);
  }
}

interface FreedRoom {
  readonly columns: number;
  /** Bytes. */
  readonly all: number;
  /** Bytes of the tenant that asks. */
  readonly tenant: number;
}

type Lack = "namespace" | "columns" | "gateway" | "tenant";

/**
 * Which datasets without a name have to go so that nothing lacks, the least recently used first; and what lacks when
 * all of them are gone, so that none goes for a table that has no room anyway.
 */
function plannedRoom(
  owner: NamespaceDatasets,
  table: RowTable,
  lacking: (freed: FreedRoom) => Lack | undefined,
): { readonly displaced: readonly DatasetRecord[]; readonly lack: Lack | undefined } {
  const displaced: DatasetRecord[] = [];
  const freed = { columns: 0, all: 0, tenant: 0 };
  let lack = lacking(freed);
  if (lack === undefined) return { displaced, lack };
  const goes = new Set<DatasetRecord>();
  for (const dataset of owner.displaceable()) {
    const { table: own } = newest(dataset);
    const users = owner.usersOf(own);
    if (own === table || (lack === "tenant" && own.account !== table.account)) continue;
    if (users.some(({ unnamed }) => !unnamed)) continue; // its rows stay, because they are a named dataset's too
    goes.add(dataset);
    displaced.push(dataset);
    if (!users.every((each) => goes.has(each))) continue;
    freed.columns += own.columns.length;
    freed.all += own.heldBytes;
    if (own.account === table.account) freed.tenant += own.heldBytes;
    lack = lacking(freed);
    if (lack === undefined) break;
  }
  return { displaced, lack };
}

function uses({ versions }: DatasetRecord, table: RowTable | undefined): boolean {
  return versions.some((version) => version.table === table);
}

function refusal(problem: string): HeadgateError {
  return new HeadgateError(
    "resource_exhausted",
    `${problem}: drop one, or have the gateway's operator raise it`,
    {
      retryable: false,
      processed: "no",
    },
  );
}
