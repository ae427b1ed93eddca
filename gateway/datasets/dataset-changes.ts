/**
 * The datasets of each namespace, and how they are changed: one change after another in a namespace, each on disk before
 * it is answered, and none by halves.
 */
import { nanoid } from "nanoid";
import type { DatasetColumn, DatasetVersion } from "../../protocol/dataset-frames.js";
import type { Clock } from "../clock.js";
import type { QuotaAccount } from "../quotas/quota-account.js";
import type { TurnBudget } from "../turn-budget.js";
import { SerialQueue } from "../waiting/serial.js";
import { versionOf } from "./content-hash.js";
import {
  type Content,
  type ContentVersion,
  type DatasetRecord,
  newest,
  storedDataset,
  versionAnswer,
} from "./dataset.js";
import type { DatasetCounts } from "./dataset-counts.js";
import type { DatasetOwner, PutParticulars } from "./dataset-requests.js";
import { DatasetRoom } from "./dataset-room.js";
import type { DatasetStore } from "./dataset-store.js";
import { isNewest, newestVersions } from "./kept-versions.js";
import type { DatasetLimits } from "./limits.js";
import { type Departure, NamespaceDatasets } from "./namespace-datasets.js";
import type { ResidentTables } from "./resident-tables.js";
import { RowTable } from "./row-table.js";
import { kept, RowTableWriter } from "./row-table-writer.js";
import { sharedColumns } from "./same-columns.js";

export interface DatasetsOptions {
  readonly store: DatasetStore;
  readonly clock: Clock;
  readonly turns: TurnBudget;
  readonly limits: DatasetLimits;
  /** Absent where nothing is counted. */
  readonly accountOf?: ((tenant: string) => QuotaAccount) | undefined;
}

interface DisplacedDataset {
  readonly dataset: DatasetRecord;
  /** Tables that no dataset has any more. */
  readonly tables: readonly RowTable[];
}

/** The datasets of a namespace, and its changes that are under way. */
export interface DatasetSpace {
  readonly datasets: NamespaceDatasets;
  readonly changes: SerialQueue;
  /** Datasets that made room for others and are on disk still. */
  readonly displaced: DisplacedDataset[];
}

/** The names that the gateway gives begin so. */
export const unnamedPrefix = "auto:";

export class DatasetChanges {
  readonly spaces = new Map<string, DatasetSpace>();
  readonly room: DatasetRoom;
  readonly writer: RowTableWriter;

  constructor(
    private readonly options: DatasetsOptions,
    resident: ResidentTables,
    private readonly counts: DatasetCounts,
  ) {
    const { store, limits, turns } = options;
    this.room = new DatasetRoom(limits, (dataset) => this.displace(dataset));
    this.writer = new RowTableWriter({ store, resident, room: this.room, turns });
  }

  /** Makes one change of a namespace at a time. */
  change<T>(namespace: string, make: (space: DatasetSpace) => Promise<T>): Promise<T> {
    const space = this.space(namespace);
    return space.changes.run(async () => {
      try {
        return await make(space);
      } finally {
        for (const displaced of space.displaced.splice(0)) await this.removeDisplaced(space, displaced);
      }
    });
  }

  /** Writes content that the namespace does not have, and adds it to the dataset. */
  async addNew(
    space: DatasetSpace,
    owner: DatasetOwner,
    {
      name,
      sha256,
      ...particulars
    }: { readonly name: string | undefined; readonly sha256: string } & PutParticulars,
    write: () => Promise<RowTable>,
  ): Promise<DatasetVersion> {
    const table = await write();
    try {
      const content = { version: versionOf(sha256), sha256, table, rows: table.rows };
      return await this.add(space, owner, name, content, particulars);
    } catch (error) {
      await this.writer.discard(space.datasets, table);
      throw error;
    }
  }

  /** Makes content the newest version of a dataset, which is made where there is none of the name. */
  async add(
    space: DatasetSpace,
    owner: DatasetOwner,
    name: string | undefined,
    content: Content,
    { ts, expiry_ms: expiryMs }: PutParticulars,
  ): Promise<DatasetVersion> {
    const wall = this.options.clock.wall();
    const named = name ?? `${unnamedPrefix}${content.version}`;
    const before = space.datasets.datasets.get(named);
    if (before !== undefined && isNewest(before, content, ts) && before.expiryMs === expiryMs) {
      before.usedAt = wall;
      return versionAnswer(named, content);
    }
    const account = before === undefined ? this.accountOf(owner.tenant) : before.account;
    if (before === undefined) this.room.requireDataset(space.datasets, account, content.table);
    const { version, sha256, table, rows } = content;
    const earlier = (before?.versions ?? []).filter((each) => each.version !== version);
    const versions = [...earlier, { version, sha256, table, rows, keptAt: wall, ts }];
    await this.save(space, {
      namespace: owner.namespace,
      name: named,
      tenant: before?.tenant ?? owner.tenant,
      unnamed: name === undefined,
      expiryMs,
      account,
      versions: newestVersions(versions, this.options.limits.versionsMax),
      usedAt: wall,
    });
    if (before === undefined) account?.hold("datasets", 1);
    return versionAnswer(named, content);
  }

  async save(space: DatasetSpace, dataset: DatasetRecord, departed?: Departure): Promise<void> {
    await kept(this.options.store.save(storedDataset(dataset)));
    const before = space.datasets.datasets.get(dataset.name);
    const left = space.datasets.set(dataset, departed);
    this.passOn(space, [...(before?.versions ?? []), ...dataset.versions]);
    await this.discardAll(space, left);
  }

  async remove(space: DatasetSpace, dataset: DatasetRecord, departed: Departure): Promise<void> {
    await kept(this.options.store.remove(dataset.namespace, dataset.name));
    dataset.account?.release("datasets", 1);
    this.counts.departures[departed]++;
    const left = space.datasets.delete(dataset, departed);
    this.passOn(space, dataset.versions);
    await this.discardAll(space, left);
  }

  space(namespace: string): DatasetSpace {
    const known = this.spaces.get(namespace);
    if (known !== undefined) return known;
    const space = { datasets: new NamespaceDatasets(), changes: new SerialQueue(), displaced: [] };
    this.spaces.set(namespace, space);
    return space;
  }

  accountOf(tenant: string): QuotaAccount | undefined {
    return this.options.accountOf?.(tenant);
  }

  /** A table for new content of a dataset, which counts for the tenant that put the dataset first. */
  newTable(
    { datasets }: DatasetSpace,
    { tenant }: DatasetOwner,
    name: string | undefined,
    columns: readonly DatasetColumn[],
  ): RowTable {
    const present = name === undefined ? undefined : datasets.datasets.get(name);
    const account = present === undefined ? this.accountOf(tenant) : present.account;
    const shared = sharedColumns(present && newest(present).table.columns, columns);
    return new RowTable(nanoid(), shared, account);
  }

  /** The bytes of a table count for a tenant that has a dataset with versions in it. */
  private passOn({ datasets }: DatasetSpace, versions: readonly ContentVersion[]): void {
    for (const table of new Set(versions.map((each) => each.table))) {
      const [first, ...others] = datasets.usersOf(table);
      if (first === undefined || [first, ...others].some(({ account }) => account === table.account))
        continue;
      this.room.transfer(table, first.account);
    }
  }

  /** Their bytes count no more when this returns; it settles once their files are deleted. */
  private async discardAll({ datasets }: DatasetSpace, tables: readonly RowTable[]): Promise<void> {
    await Promise.all(tables.map((table) => this.writer.discard(datasets, table)));
  }

  /** Called while a change of the namespace is made, which removes it from the disk at its end. */
  private displace(dataset: DatasetRecord): void {
    const space = this.space(dataset.namespace);
    dataset.account?.release("datasets", 1);
    this.counts.departures.displaced++;
    const tables = space.datasets.delete(dataset, "displaced");
    this.passOn(space, dataset.versions);
    for (const table of tables) this.writer.release(space.datasets, table);
    space.displaced.push({ dataset, tables });
  }

  /** Its rows go after the dataset: a dataset on disk has all its rows, whenever the process ends. */
  private async removeDisplaced(
    space: DatasetSpace,
    { dataset: { namespace, name }, tables }: DisplacedDataset,
  ): Promise<void> {
    try {
      if (!space.datasets.datasets.has(name)) await this.options.store.remove(namespace, name);
    } catch {
      return; // the next start finds it as it was
    }
    for (const table of tables) await this.writer.deleteFiles(table);
  }
}
