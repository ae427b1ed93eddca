/**
 * The datasets of one namespace by name, and their contents by version: the same content under two names is there once.
 * It remembers for a while what is gone, so that a reference to it is told why.
 */
import { HeadgateError } from "../../protocol/errors.js";
import type { Content, ContentVersion, DatasetRecord } from "./dataset.js";
import type { RowTable } from "./row-table.js";
import { SortedNames } from "./sorted-names.js";

/** Why a dataset or a version is gone. */
export type Departure = "dropped" | "expired" | "displaced" | "outnumbered";

const words: Readonly<Record<Departure, string>> = {
  dropped: "was dropped",
  expired: "has expired: it was not used for longer than datasets.expiry_ms",
  displaced: "made room for newer ones: datasets without a name do when the namespace has no bytes left",
  outnumbered:
    "made room for newer versions of its dataset (datasets.versions), which may have 1 MiB of columns' names together",
};

interface TableUsers {
  readonly table: RowTable;
  readonly names: Set<string>;
}

/** Names and versions whose departure is remembered; the oldest are forgotten. */
const goneMax = 1_024;

export class NamespaceDatasets {
  readonly datasets = new Map<string, DatasetRecord>();
  /** Their names in order, for lists: sorting 10,000 at each would take longer than a turn may. */
  readonly names = new SortedNames();
  private readonly contents = new Map<string, { content: Content; users: number }>();
  /** The tables by their ids, each with the names of the datasets that have versions in it. */
  private readonly tables = new Map<string, TableUsers>();
  private readonly gone = new Map<string, Departure>();
  /** Bytes of its tables, and of those that are being written. */
  bytes = 0;
  /** Columns of these tables. */
  columns = 0;

  /** @throws HeadgateError not_found, and says what became of it where that is known */
  find(name: string, field: string): DatasetRecord {
    const found = this.datasets.get(name);
    if (found !== undefined) return found;
    throw new HeadgateError(
      "not_found",
      `${field}: the dataset ${name} ${this.departure(name) ?? "is not in this namespace: it was never put here, or was dropped or expired"}; put it`,
    );
  }

  /** @throws HeadgateError not_found */
  version({ name, versions }: DatasetRecord, version: string, field: string): ContentVersion {
    const found = versions.find((each) => each.version === version);
    if (found !== undefined) return found;
    throw new HeadgateError(
      "not_found",
      `${field}: the version ${version} of the dataset ${name} ${this.departure(`${name}@${version}`) ?? "is not kept"}; its newest is ${versions[versions.length - 1]?.version}`,
    );
  }

  /** Content that some dataset of the namespace has, and whose rows are whole as far as is known. */
  content(version: string): Content | undefined {
    const found = this.contents.get(version)?.content;
    return found?.table.damaged === true ? undefined : found;
  }

  /**
   * Puts a dataset in the place of what had its name.
   * @returns the tables that no dataset has any more
   */
  set(dataset: DatasetRecord, departed?: Departure): readonly RowTable[] {
    const before = this.datasets.get(dataset.name);
    for (const version of dataset.versions) this.use(dataset, version);
    this.datasets.set(dataset.name, dataset);
    this.names.add(dataset.name);
    this.gone.delete(dataset.name);
    if (before === undefined) return [];
    for (const { version } of before.versions)
      if (!dataset.versions.some((each) => each.version === version))
        this.remember(`${before.name}@${version}`, departed ?? "outnumbered");
    return this.release(before, dataset.versions);
  }

  /** @returns the tables that no dataset has any more */
  delete(dataset: DatasetRecord, departed: Departure): readonly RowTable[] {
    if (this.datasets.get(dataset.name) !== dataset) return [];
    this.datasets.delete(dataset.name);
    this.names.remove(dataset.name);
    this.remember(dataset.name, departed);
    return this.release(dataset, []);
  }

  /** A table that some dataset has versions in. */
  table(id: string): RowTable | undefined {
    return this.tables.get(id)?.table;
  }

  /** The datasets that have versions in a table. */
  usersOf({ id }: RowTable): DatasetRecord[] {
    const names = this.tables.get(id)?.names ?? [];
    return [...names].flatMap((name) => this.datasets.get(name) ?? []);
  }

  /** Datasets that the gateway named, the least recently used first. */
  displaceable(): DatasetRecord[] {
    return [...this.datasets.values()].filter(({ unnamed }) => unnamed).sort((a, b) => a.usedAt - b.usedAt);
  }

  private departure(key: string): string | undefined {
    const found = this.gone.get(key);
    return found && words[found];
  }

  private remember(key: string, departed: Departure): void {
    this.gone.delete(key);
    this.gone.set(key, departed);
    const [oldest] = this.gone.keys();
    if (this.gone.size > goneMax && oldest !== undefined) this.gone.delete(oldest);
  }

  private use({ name }: DatasetRecord, version: ContentVersion): void {
    const { table } = version;
    const known = this.contents.get(version.version);
    if (known === undefined) this.contents.set(version.version, { content: version, users: 1 });
    else {
      known.users++;
      if (known.content.table.damaged) known.content = version;
    }
    const users = this.tables.get(table.id);
    if (users === undefined) this.tables.set(table.id, { table, names: new Set([name]) });
    else users.names.add(name);
  }

  /** @param present the versions that the dataset has instead */
  private release(
    { name, versions }: DatasetRecord,
    present: readonly ContentVersion[],
  ): readonly RowTable[] {
    for (const { version } of versions) {
      const known = this.contents.get(version);
      if (known !== undefined && --known.users === 0) this.contents.delete(version);
    }
    const kept = new Set(present.map(({ table }) => table));
    const left: RowTable[] = [];
    for (const table of new Set(versions.map((each) => each.table))) {
      const users = this.tables.get(table.id);
      if (users === undefined || kept.has(table)) continue;
      users.names.delete(name);
      if (users.names.size > 0) continue;
      this.tables.delete(table.id);
      left.push(table);
    }
    return left;
  }
}
