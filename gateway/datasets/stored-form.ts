/** Reads the form in which a dataset is kept on disk. */
import { z } from "zod";
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
  usedAt: z.number(),
  versions: z.array(version).min(1),
  tables: z.record(z.string(), z.array(column).min(1)),
});

/** @throws Error when it is no dataset, or a version's table is missing */
export function parseStoredDataset(value: unknown): StoredDataset {
  const parsed = dataset.parse(value);
  for (const { table } of parsed.versions)
    if (!Object.hasOwn(parsed.tables, table)) throw new Error(`the table ${table} is missing`);
  return parsed;
}
