/**
 * The datasets of all namespaces: puts them, grows them, drops them, and finds the rows that references stand for.
 * The changes of a namespace are made one after another; each is on disk before it is answered.
 */
import type { DatasetVersion } from "../../protocol/dataset-frames.js";
import { HeadgateError } from "../../protocol/errors.js";
import type { DatasetReference } from "../../protocol/reference.js";
import { ContentHash, versionOf } from "./content-hash.js";
import { type Content, newest } from "./dataset.js";
import { DatasetChanges, type DatasetSpace, type DatasetsOptions, unnamedPrefix } from "./dataset-changes.js";
import { DatasetCounts } from "./dataset-counts.js";
import { DatasetExpiry } from "./dataset-expiry.js";
import { DatasetGrowth } from "./dataset-growth.js";
import { type DatasetPage, listed } from "./dataset-list.js";
import type { AppendRequest, DatasetOwner, DatasetQuery, PutRequest } from "./dataset-requests.js";
import { NamespaceDatasets } from "./namespace-datasets.js";
import { ResidentTables } from "./resident-tables.js";
import { type ResolvedRows, resolvedRows } from "./resolved-rows.js";
import { restoreDataset } from "./restored-datasets.js";
import { type RowTable, rowSetOf } from "./row-table.js";
import type { UploadTarget } from "./uploads.js";

export interface NewestRows {
  readonly version: string;
  readonly rows: number;
  /** Equal for versions that share their rows. */
  readonly table: string;
}

export class Datasets {
  readonly counts = new DatasetCounts();
  private readonly resident: ResidentTables;
  private readonly changes: DatasetChanges;
  private readonly growth: DatasetGrowth;
  private readonly expiry: DatasetExpiry;

  /** Begins without the datasets that the store has: see `open`. */
  constructor(private readonly options: DatasetsOptions) {
    const { store, clock, limits: bounds, turns } = options;
    this.resident = new ResidentTables(store, bounds.memoryBytesMax, turns, this.counts);
    this.changes = new DatasetChanges(options, this.resident, this.counts);
    this.growth = new DatasetGrowth(this.changes, this.resident, turns);
    this.expiry = new DatasetExpiry(this.changes, clock, bounds.expiryMs);
  }

  /** Opens the datasets that the store has. */
  static async open(options: DatasetsOptions): Promise<Datasets> {
    const datasets = new Datasets(options);
    for (const stored of await options.store.load())
      restoreDataset(datasets.changes, stored, options.clock.wall());
    return datasets;
  }

  get count(): number {
    return [...this.changes.spaces.values()].reduce((sum, { datasets }) => sum + datasets.datasets.size, 0);
  }

  /** Bytes of all datasets, and of those in memory. */
  get bytes(): { readonly kept: number; readonly resident: number } {
    return { kept: this.changes.room.bytes, resident: this.resident.bytes };
  }

  /**
   * Settles once the content is a version of the dataset, on disk. Content that the namespace has already costs nothing.
   * @throws HeadgateError; then nothing of it is kept
   */
  put(owner: DatasetOwner, { dataset: name, columns, ts, expiry_ms }: PutRequest): Promise<DatasetVersion> {
    const rows = rowSetOf(columns);
    return this.changes.change(owner.namespace, async (space) => {
      requireOwnName(name);
      const hash = ContentHash.of(rows.specs);
      await this.options.turns.all(hash.add(columns));
      const sha256 = hash.digest(rows.count);
      const known = this.known(space, sha256);
      if (known !== undefined) return this.changes.add(space, owner, name, known, { ts, expiry_ms });
      const table = this.changes.newTable(space, owner, name, rows.specs);
      if (name === undefined || !space.datasets.datasets.has(name))
        this.changes.room.requireDataset(space.datasets, table.account);
      return this.changes.addNew(space, owner, { name, sha256, ts, expiry_ms }, () =>
        this.changes.writer.fill(space.datasets, table, rows, hash),
      );
    });
  }

  /** Where the parts of a put go. */
  uploadTarget(owner: DatasetOwner): UploadTarget {
    const { writer } = this.changes;
    const space = this.changes.space(owner.namespace);
    return {
      newTable: ({ dataset: name }, columns) => {
        requireOwnName(name);
        return this.changes.newTable(space, owner, name, columns);
      },
      append: async (table, rows) => {
        const hash = await writer.hashOf(table);
        await this.options.turns.all(hash.add(rows.columns));
        // Room for it may be made only while no other change of the namespace has found content that it will keep.
        await this.changes.change(owner.namespace, () => writer.append(space.datasets, table, rows, hash));
      },
      discard: (table) => writer.discard(space.datasets, table),
      keep: (request, table) => this.keepUpload(space, owner, request, table),
    };
  }

  /** Content that is put, where the namespace has it already. */
  private known({ datasets }: DatasetSpace, sha256: string): Content | undefined {
    const known = datasets.content(versionOf(sha256));
    if (known === undefined) this.counts.newPuts++;
    else this.counts.knownPuts++;
    return known;
  }

  private async keepUpload(
    space: DatasetSpace,
    owner: DatasetOwner,
    { dataset: name, ts, expiry_ms }: Omit<PutRequest, "columns">,
    table: RowTable,
  ): Promise<DatasetVersion> {
    const { writer } = this.changes;
    try {
      requireOwnName(name);
      const sha256 = (await writer.hashOf(table)).digest(table.rows);
      return await this.changes.change(owner.namespace, async () => {
        const known = this.known(space, sha256);
        if (known === undefined)
          return this.changes.addNew(space, owner, { name, sha256, ts, expiry_ms }, async () => table);
        const kept = await this.changes.add(space, owner, name, known, { ts, expiry_ms });
        await writer.discard(space.datasets, table);
        return kept;
      });
    } catch (error) {
      await writer.discard(space.datasets, table);
      throw error;
    }
  }

  /**
   * Settles once the rows are behind those of the newest version, in a new version on disk.
   * @throws HeadgateError; then the dataset is as it was
   */
  append(owner: DatasetOwner, request: AppendRequest): Promise<DatasetVersion> {
    this.counts.appends++;
    return this.growth.append(owner, request);
  }

  /** @throws HeadgateError not_found; or unavailable when the disk refuses, and then it is as it was */
  drop(namespace: string, name: string, version?: string): Promise<void> {
    return this.changes.change(namespace, async (space) => {
      const dataset = space.datasets.find(name, "dataset");
      if (version === undefined) return this.changes.remove(space, dataset, "dropped");
      const dropped = space.datasets.version(dataset, version, "version");
      const versions = dataset.versions.filter((each) => each !== dropped);
      if (versions.length === 0) return this.changes.remove(space, dataset, "dropped");
      await this.changes.save(space, { ...dataset, versions }, "dropped");
    });
  }

  /** The datasets of a namespace whose names begin with the prefix, in the order of their names. */
  list(namespace: string, query: DatasetQuery): DatasetPage {
    const found = this.changes.spaces.get(namespace)?.datasets ?? new NamespaceDatasets();
    return listed(found, query, this.options.clock.wall());
  }

  /**
   * What a dataset has now: its newest version, the rows of it, and the table whose first rows they are, which an append
   * keeps. It counts as no use.
   */
  newest(namespace: string, name: string): NewestRows | undefined {
    const dataset = this.changes.spaces.get(namespace)?.datasets.datasets.get(name);
    if (dataset === undefined) return undefined;
    const { version, rows, table } = newest(dataset);
    return { version, rows, table: table.id };
  }

  /**
   * Resolves a reference to a version and rows that never change.
   * @throws HeadgateError not_found or invalid_argument, which name the field
   */
  resolve(namespace: string, reference: DatasetReference, field: string): ResolvedRows {
    const datasets = this.changes.spaces.get(namespace)?.datasets ?? new NamespaceDatasets();
    const dataset = datasets.find(reference.ref, `${field}.ref`);
    const version =
      reference.version === undefined
        ? newest(dataset)
        : datasets.version(dataset, reference.version, `${field}.version`);
    dataset.usedAt = this.options.clock.wall();
    this.counts.references++;
    return resolvedRows(reference, version, field, { resident: this.resident, turns: this.options.turns });
  }

  /** Settles once every change that was begun has ended. */
  async stop(): Promise<void> {
    this.expiry.stop();
    await Promise.all([...this.changes.spaces.values()].map(({ changes }) => changes.idle()));
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
