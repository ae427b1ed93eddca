/** Which versions of a dataset are kept. */
import type { DatasetColumn } from "../../protocol/dataset-frames.js";
import { type Content, type ContentVersion, type DatasetRecord, newest } from "./dataset.js";

/** Bytes of the columns of a dataset's versions: all of them are written anew at each change of the dataset. */
const columnsBytesMax = 1024 * 1024;

/** The newest versions, so many at most and with so many bytes of different columns, the newest in any case. */
export function newestVersions(
  versions: readonly ContentVersion[],
  countMax: number,
): readonly ContentVersion[] {
  const known = new Set<readonly DatasetColumn[]>();
  let bytes = 0;
  let first = versions.length - 1;
  for (; first >= Math.max(0, versions.length - countMax); first--) {
    const { columns, columnsBytes } = (versions[first] as ContentVersion).table;
    if (!known.has(columns)) bytes += columnsBytes;
    known.add(columns);
    if (known.size > 1 && bytes > columnsBytesMax) break;
  }
  return versions.slice(first + 1);
}

/** Whether a put of this content changes nothing. */
export function isNewest(dataset: DatasetRecord, { version }: Content, ts: number | undefined): boolean {
  const present = newest(dataset);
  return present.version === version && !present.table.damaged && (ts === undefined || ts === present.ts);
}
