/**
 * The form in which a dataset is kept on disk. Tables that share an array of columns have it once: a dataset of 1,024
 * columns and 256 versions took 44 MB otherwise, which were written anew at each change.
 */
import { z } from "zod";
import type { DatasetColumn } from "../../protocol/dataset-frames.js";
import { datatypeBytes } from "../../protocol/tensor.js";
import type { StoredDataset } from "./dataset-store.js";

const version = z.object({
  version: z.string(),
  sha256: z.string(),
  rows: z.int().min(1),
  table: z.string().regex(/^[A-Za-z0-9_-]+$/),
  keptAt: z.number(),
  ts: z.number().optional(),
});

const column = z.object({
  name: z.string().min(1),
  datatype: z.enum(Object.keys(datatypeBytes) as [keyof typeof datatypeBytes]),
  shape: z.array(z.int().min(1)),
});

const dataset = z.object({
  namespace: z.string(),
  name: z.string(),
  tenant: z.string(),
  unnamed: z.boolean(),
  expiryMs: z.number().optional(),
  usedAt: z.number(),
  versions: z.array(version).min(1),
  /** The columns that its tables have. */
  columns: z.array(z.array(column).min(1)).optional(),
  /** By the tables' ids, the place of their columns; before these were there once, the columns themselves. */
  tables: z.record(z.string(), z.union([z.int().min(0), z.array(column).min(1)])),
});

export function storedText({ tables, ...dataset }: StoredDataset): string {
  const columns: (readonly DatasetColumn[])[] = [];
  const places: Record<string, number> = {};
  const known = new Map<readonly DatasetColumn[], number>();
  for (const [id, own] of Object.entries(tables)) {
    const place = known.get(own) ?? columns.push(own) - 1;
    known.set(own, place);
    places[id] = place;
  }
  return JSON.stringify({ ...dataset, columns, tables: places });
}

/** @throws Error when it is no dataset, or a version's table is missing */
export function parseStoredDataset(value: unknown): StoredDataset {
  const { columns = [], ...parsed } = dataset.parse(value);
  const tables: Record<string, readonly DatasetColumn[]> = {};
  for (const [id, own] of Object.entries(parsed.tables)) {
    const found = typeof own === "number" ? columns[own] : own;
    if (found === undefined) throw new Error(`the columns of the table ${id} are missing`);
    tables[id] = found;
  }
  for (const { table } of parsed.versions)
    if (!Object.hasOwn(parsed.tables, table)) throw new Error(`the table ${table} is missing`);
  return { ...parsed, tables };
}
