/**
 * The datasets of all namespaces: puts them, grows them, drops them, and finds the rows that references stand for.
 * The changes of a namespace are made one after another; each is on disk before it is answered.
 */
import { nanoid } from "nanoid";
import type { DatasetEntry, DatasetVersion } from "../../protocol/dataset-frames.js";
import { HeadgateError } from "../../protocol/errors.js";
import { limits } from "../../protocol/limits.js";
import type { DatasetReference } from "../../protocol/reference.js";
import type { Clock } from "../clock.js";
import type { QuotaAccount } from "../quotas/quota-account.js";
import type { TurnBudget } from "../turn-budget.js";
import { SerialQueue } from "../waiting/serial.js";
import { ContentHash, versionOf } from "./content-hash.js";
import { type Content, type Dataset, newest, storedDataset, versionAnswer } from "./dataset.js";
import type { AppendRequest, DatasetOwner, DatasetQuery, PutRequest } from "./dataset-requests.js";
import { DatasetRoom } from "./dataset-room.js";
import type { DatasetStore, StoredDataset } from "./dataset-store.js";
import type { DatasetLimits } from "./limits.js";
import { type Departure, NamespaceDatasets } from "./namespace-datasets.js";
import { ResidentTables } from "./resident-tables.js";
import { type ResolvedRows, resolvedRows } from "./resolved-rows.js";
import { type RowSet, RowTable, rowSetOf } from "./row-table.js";
import { kept, RowTableWriter } from "./row-table-writer.js";
import { requireSameColumns } from "./same-columns.js";
import type { UploadTarget } from "./uploads.js";

export interface DatasetPage {
  readonly datasets: readonly DatasetEntry[];
  /** The number of datasets with the prefix, before and after `after`. */
  readonly total: number;
  /** Given as `after`, it continues the list; absent at the end. */
  readonly next?: string;
}

export interface DatasetsOptions {
  readonly store: DatasetStore;
  readonly clock: Clock;
  readonly turns: TurnBudget;
  readonly limits: DatasetLimits;
  /** Absent where nothing is counted. */
  readonly accountOf?: ((tenant: string) => QuotaAccount) | undefined;
}

interface Space {
  readonly datasets: NamespaceDatasets;
  readonly changes: SerialQueue;
  /** Datasets that made room for others and are on disk still. */
  readonly displaced: Dataset[];
}

/** Milliseconds between two searches for expired datasets. */
const sweepMs = 60_000;
/** The names that the gateway gives begin so. */
const unnamedPrefix = "auto:";

export class Datasets {
  private readonly spaces = new Map<string, Space>();
  private readonly resident: ResidentTables;
  private readonly room: DatasetRoom;
  private readonly writer: RowTableWriter;
  private stopSweeping: () => void = () => {};

  /** Begins without the datasets that the store has: see `open`. */
  constructor(private readonly options: DatasetsOptions) {
    const { store, limits: bounds, turns } = options;
    this.resident = new ResidentTables(store, bounds.memoryBytesMax);
    this.room = new DatasetRoom(bounds, (dataset) => this.displace(dataset));
    this.writer = new RowTableWriter({ store, resident: this.resident, room: this.room, turns });
    this.sweepLater();
  }

  /** Opens the datasets that the store has. */
  static async open(options: DatasetsOptions): Promise<Datasets> {
    const datasets = new Datasets(options);
    for (const stored of await options.store.load()) datasets.restore(stored);
    return datasets;
  }

  get count(): number {
    return [...this.spaces.values()].reduce((sum, { datasets }) => sum + datasets.datasets.size, 0);
  }

  /** Bytes of all datasets, and of those in memory. */
  get bytes(): { readonly kept: number; readonly resident: number } {
    return { kept: this.room.bytes, resident: this.resident.bytes };
  }

  /**
   * Settles once the content is a version of the dataset, on disk. Content that the namespace has already costs nothing.
   * @throws HeadgateError; then nothing of it is kept
   */
  put(owner: DatasetOwner, { dataset: name, columns, ts }: PutRequest): Promise<DatasetVersion> {
    const rows = rowSetOf(columns);
    return this.change(owner.namespace, async (space) => {
      requireOwnName(name);
      const hash = ContentHash.of(rows.specs);
      await this.options.turns.all(hash.add(columns));
      const sha256 = hash.digest(rows.count);
      const known = space.datasets.content(versionOf(sha256));
      if (known !== undefined) return this.add(space, owner, name, known, ts);
      if (name === undefined || !space.datasets.datasets.has(name))
        this.room.requireDataset(space.datasets, this.accountOf(owner.tenant));
      return this.addNew(space, owner, { name, ts, sha256 }, () =>
        this.writer.create(space.datasets, this.accountOf(owner.tenant), rows, hash),
      );
    });
  }

  /** Where the parts of a put go. */
  uploadTarget(owner: DatasetOwner): UploadTarget {
    const { turns } = this.options;
    const space = this.space(owner.namespace);
    return {
      newTable: (columns) => new RowTable(nanoid(), columns, this.accountOf(owner.tenant)),
      append: async (table, rows) => {
        const hash = await turns.all(table.contentHash());
        await turns.all(hash.add(rows.columns));
        try {
          await this.writer.append(space.datasets, table, rows, hash);
        } finally {
          if (space.displaced.length > 0) await this.change(owner.namespace, async () => undefined);
        }
      },
      discard: (table) => this.writer.discard(space.datasets, table),
      keep: async ({ dataset: name, ts }, table) => {
        requireOwnName(name);
        const sha256 = (await turns.all(table.contentHash())).digest(table.rows);
        return this.change(owner.namespace, async () => {
          const known = space.datasets.content(versionOf(sha256));
          if (known === undefined) return this.addNew(space, owner, { name, ts, sha256 }, async () => table);
          await this.writer.discard(space.datasets, table);
          return this.add(space, owner, name, known, ts);
        });
      },
    };
  }

  /**
   * Settles once the rows are behind those of the newest version, in a new version on disk.
   * @throws HeadgateError; then the dataset is as it was
   */
  append(
    owner: DatasetOwner,
    { dataset: name, version, columns, ts }: AppendRequest,
  ): Promise<DatasetVersion> {
    const rows = rowSetOf(columns);
    return this.change(owner.namespace, async (space) => {
      const dataset = space.datasets.find(name, "dataset");
      const base = newest(dataset);
      requireGrowing(dataset, version);
      requireSameColumns(base.table.columns, rows);
      if (base.rows === base.table.rows) return this.grow(space, owner, dataset, base, rows, ts);
      const fork = await this.forkOf(space, base);
      try {
        return await this.grow(space, owner, dataset, fork, rows, ts);
      } finally {
        if (!isUsed(space, fork.table)) await this.writer.discard(space.datasets, fork.table);
      }
    });
  }

  /** @throws HeadgateError not_found; or unavailable when the disk refuses, and then it is as it was */
  drop(namespace: string, name: string, version?: string): Promise<void> {
    return this.change(namespace, async (space) => {
      const dataset = space.datasets.find(name, "dataset");
      if (version === undefined) return this.remove(space, dataset, "dropped");
      const dropped = space.datasets.version(dataset, version, "version");
      const versions = dataset.versions.filter((each) => each !== dropped);
      if (versions.length === 0) return this.remove(space, dataset, "dropped");
      await this.save(space, { ...dataset, versions }, "dropped");
    });
  }

  /** The datasets of a namespace whose names begin with the prefix, in the order of their names. */
  list(namespace: string, query: DatasetQuery): DatasetPage {
    const { prefix = "", after = "", limit = limits.datasets_listed_default } = query;
    const all = [...(this.spaces.get(namespace)?.datasets.datasets.values() ?? [])].filter(({ name }) =>
      name.startsWith(prefix),
    );
    const following = all.filter(({ name }) => name > after).sort((a, b) => (a.name < b.name ? -1 : 1));
    const page = following.slice(0, limit);
    const last = page.at(-1);
    const wall = this.options.clock.wall();
    return {
      datasets: page.map((each) => entryOf(each, wall)),
      total: all.length,
      ...(following.length > limit && last !== undefined && { next: last.name }),
    };
  }

  /**
   * Resolves a reference to a version and rows that never change.
   * @throws HeadgateError not_found or invalid_argument, which name the field
   */
  resolve(namespace: string, reference: DatasetReference, field: string): ResolvedRows {
    const datasets = this.spaces.get(namespace)?.datasets ?? new NamespaceDatasets();
    const dataset = datasets.find(reference.ref, `${field}.ref`);
    const version =
      reference.version === undefined
        ? newest(dataset)
        : datasets.version(dataset, reference.version, `${field}.version`);
    dataset.usedAt = this.options.clock.wall();
    return resolvedRows(reference, version, field, { resident: this.resident, turns: this.options.turns });
  }

  /** Settles once every change that was begun has ended. */
  async stop(): Promise<void> {
    this.stopSweeping();
    await Promise.all([...this.spaces.values()].map(({ changes }) => changes.idle()));
  }

  private async grow(
    space: Space,
    owner: DatasetOwner,
    { name }: Dataset,
    { table }: Pick<Content, "table">,
    rows: RowSet,
    ts: number | undefined,
  ): Promise<DatasetVersion> {
    const { turns } = this.options;
    const hash = await this.resident.whileWriting(table, () => turns.all(table.contentHash()));
    await turns.all(hash.add(rows.columns));
    const sha256 = hash.digest(table.rows + rows.count);
    const known = space.datasets.content(versionOf(sha256));
    if (known !== undefined) return this.add(space, owner, name, known, ts);
    await this.writer.append(space.datasets, table, rows, hash);
    const content = { version: versionOf(sha256), sha256, table, rows: table.rows };
    try {
      return await this.add(space, owner, name, content, ts);
    } catch (error) {
      this.writer.revert(space.datasets, table, rows);
      throw error;
    }
  }

  /** A table of its own for the rows of a version that other versions have grown beyond. */
  private async forkOf(space: Space, { table, rows: count }: Content): Promise<Content> {
    const { turns } = this.options;
    const rows = await this.resident.whileWriting(table, () => turns.all(table.firstRows(count)));
    const hash = ContentHash.of(rows.specs);
    await turns.all(hash.add(rows.columns));
    const sha256 = hash.digest(count);
    const fork = await this.writer.create(space.datasets, table.account, rows, hash);
    return { version: versionOf(sha256), sha256, table: fork, rows: count };
  }

  /** Writes content that the namespace does not have, and adds it to the dataset. */
  private async addNew(
    space: Space,
    owner: DatasetOwner,
    {
      name,
      ts,
      sha256,
    }: { readonly name: string | undefined; readonly ts: number | undefined; readonly sha256: string },
    write: () => Promise<RowTable>,
  ): Promise<DatasetVersion> {
    const table = await write();
    try {
      const content = { version: versionOf(sha256), sha256, table, rows: table.rows };
      return await this.add(space, owner, name, content, ts);
    } catch (error) {
      await this.writer.discard(space.datasets, table);
      throw error;
    }
  }

  /** Makes content the newest version of a dataset, which is made where there is none of the name. */
  private async add(
    space: Space,
    owner: DatasetOwner,
    name: string | undefined,
    content: Content,
    ts: number | undefined,
  ): Promise<DatasetVersion> {
    const wall = this.options.clock.wall();
    const named = name ?? `${unnamedPrefix}${content.version}`;
    const before = space.datasets.datasets.get(named);
    if (before !== undefined && isNewest(before, content, ts)) {
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
      account,
      versions: versions.slice(-this.options.limits.versionsMax),
      usedAt: wall,
    });
    if (before === undefined) account?.hold("datasets", 1);
    return versionAnswer(named, content);
  }

  private async save(space: Space, dataset: Dataset, departed?: Departure): Promise<void> {
    await kept(this.options.store.save(storedDataset(dataset)));
    await this.discardAll(space, space.datasets.set(dataset, departed));
  }

  private async remove(space: Space, dataset: Dataset, departed: Departure): Promise<void> {
    await kept(this.options.store.remove(dataset.namespace, dataset.name));
    await this.forget(space, dataset, departed);
  }

  private async forget(space: Space, dataset: Dataset, departed: Departure): Promise<void> {
    if (space.datasets.datasets.get(dataset.name) !== dataset) return;
    dataset.account?.release("datasets", 1);
    await this.discardAll(space, space.datasets.delete(dataset, departed));
  }

  /** Their bytes count no more when this returns; it settles once their files are deleted. */
  private async discardAll({ datasets }: Space, tables: readonly RowTable[]): Promise<void> {
    await Promise.all(tables.map((table) => this.writer.discard(datasets, table)));
  }

  /** Called while a change of the namespace is made, which removes it from the disk at its end. */
  private displace(dataset: Dataset): void {
    const space = this.space(dataset.namespace);
    space.displaced.push(dataset);
    void this.forget(space, dataset, "displaced");
  }

  /** Makes one change of a namespace at a time. */
  private change<T>(namespace: string, make: (space: Space) => Promise<T>): Promise<T> {
    const space = this.space(namespace);
    return space.changes.run(async () => {
      try {
        return await make(space);
      } finally {
        for (const { name } of space.displaced.splice(0))
          if (!space.datasets.datasets.has(name))
            await this.options.store.remove(namespace, name).catch(() => undefined);
      }
    });
  }

  private space(namespace: string): Space {
    const known = this.spaces.get(namespace);
    if (known !== undefined) return known;
    const space = { datasets: new NamespaceDatasets(), changes: new SerialQueue(), displaced: [] };
    this.spaces.set(namespace, space);
    return space;
  }

  private accountOf(tenant: string): QuotaAccount | undefined {
    return this.options.accountOf?.(tenant);
  }

  /** What a store has counts for its tenant, whether there is room for it or not. */
  private restore({ tables: stored, versions, ...dataset }: StoredDataset): void {
    const { datasets } = this.space(dataset.namespace);
    const account = this.accountOf(dataset.tenant);
    const tables = new Map<string, RowTable>();
    for (const [id, columns] of Object.entries(stored))
      tables.set(
        id,
        this.restoredTable(datasets, id, () => new RowTable(id, columns, account)),
      );
    const restored = versions.map(({ table: id, ...version }) => {
      const table = tables.get(id) as RowTable;
      table.rows = Math.max(table.rows, version.rows);
      return { ...version, table };
    });
    datasets.set({ ...dataset, account, versions: restored, usedAt: this.options.clock.wall() });
    account?.hold("datasets", 1);
    for (const table of tables.values()) this.room.restore(datasets, table);
  }

  /** Two datasets may have versions in one table. */
  private restoredTable(datasets: NamespaceDatasets, id: string, make: () => RowTable): RowTable {
    for (const table of datasets.usedTables()) if (table.id === id) return table;
    return make();
  }

  private sweepLater(): void {
    const { clock, limits: bounds } = this.options;
    this.stopSweeping = clock.after(sweepMs, () => {
      const wall = clock.wall();
      for (const [namespace, { datasets }] of this.spaces)
        for (const dataset of datasets.datasets.values())
          if (wall - dataset.usedAt > bounds.expiryMs) this.expire(namespace, dataset);
      this.sweepLater();
    });
  }

  private expire(namespace: string, dataset: Dataset): void {
    void this.change(namespace, async (space) => {
      const { clock, limits: bounds } = this.options;
      const present = space.datasets.datasets.get(dataset.name);
      if (present === dataset && clock.wall() - dataset.usedAt > bounds.expiryMs)
        await this.remove(space, dataset, "expired");
    }).catch(() => undefined);
  }
}

/** @throws HeadgateError invalid_argument for a name as only the gateway gives */
function requireOwnName(name: string | undefined): void {
  if (name?.startsWith(unnamedPrefix) === true)
    throw new HeadgateError(
      "invalid_argument",
      `dataset: names that begin with ${unnamedPrefix} are the gateway's: leave the field out, or choose another name`,
    );
}

/** @throws HeadgateError failed_precondition */
function requireGrowing(dataset: Dataset, version: string | undefined): void {
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

function isNewest(dataset: Dataset, { version }: Content, ts: number | undefined): boolean {
  const present = newest(dataset);
  return present.version === version && (ts === undefined || ts === present.ts);
}

function isUsed({ datasets }: Space, table: RowTable): boolean {
  for (const each of datasets.usedTables()) if (each === table) return true;
  return false;
}

function entryOf(dataset: Dataset, wall: number): DatasetEntry {
  const version = newest(dataset);
  return {
    ...versionAnswer(dataset.name, version),
    columns: version.table.columns,
    versions: dataset.versions.length,
    age_ms: Math.max(0, wall - version.keptAt),
    idle_ms: Math.max(0, wall - dataset.usedAt),
    ...(version.ts !== undefined && { ts: version.ts }),
  };
}
