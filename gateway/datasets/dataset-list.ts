/** Lists the datasets of a namespace, page by page. */
import type { DatasetEntry } from "../../protocol/dataset-frames.js";
import { limits } from "../../protocol/limits.js";
import { type DatasetRecord, newest, versionAnswer } from "./dataset.js";
import type { DatasetQuery } from "./dataset-requests.js";
import type { NamespaceDatasets } from "./namespace-datasets.js";

/** Bytes of a list, which many columns with long names would make a hundred megabytes. */
const listedBytesMax = 512 * 1024;
/** Bytes of a dataset in a list, beside its columns. */
const entryBytes = 512;

export interface DatasetPage {
  readonly datasets: readonly DatasetEntry[];
  /** The number of datasets with the prefix, before and after `after`. */
  readonly total: number;
  /** Given as `after`, it continues the list; absent at the end. */
  readonly next?: string;
}

/** The datasets whose names begin with the prefix, in the order of their names. */
export function listed(
  { datasets, names }: NamespaceDatasets,
  { prefix = "", after = "", limit = limits.datasets_listed_default }: DatasetQuery,
  wall: number,
): DatasetPage {
  const page: DatasetEntry[] = [];
  let bytes = 0;
  for (const name of names.following(prefix, after)) {
    const dataset = datasets.get(name) as DatasetRecord;
    bytes += entryBytes + newest(dataset).table.columnsBytes;
    if (page.length === limit || (page.length > 0 && bytes > listedBytesMax))
      return { datasets: page, total: names.count(prefix), next: (page.at(-1) as DatasetEntry).dataset };
    page.push(entryOf(dataset, wall));
  }
  return { datasets: page, total: names.count(prefix) };
}

function entryOf(dataset: DatasetRecord, wall: number): DatasetEntry {
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
