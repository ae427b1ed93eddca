/** A reference to a dataset, resolved to a version and rows that never change. */
import { type Pieces, whole } from "../../engines/pieces.js";
import type { DatasetColumn } from "../../protocol/dataset-frames.js";
import { invalidArgument } from "../../protocol/errors.js";
import { shown } from "../../protocol/fields.js";
import { limits } from "../../protocol/limits.js";
import type { DatasetReference, DatasetRowsUsed } from "../../protocol/reference.js";
import { datatypeBytes, elementCount, type WireTensor } from "../../protocol/tensor.js";
import type { TurnBudget } from "../turn-budget.js";
import type { ContentVersion } from "./dataset.js";
import type { ResidentTables } from "./resident-tables.js";
import { isView, selectedRows } from "./selection.js";

/** Elements that are copied at once; more are copied over several turns of the event loop. */
const atOnceMax = 65_536;

export interface ResolvedRows {
  readonly used: DatasetRowsUsed;
  /** What determines the tensor, for digests: its datatype and its shape are in it. */
  readonly identity: readonly unknown[];
  /** Bytes that are copied for the tensor: 0 where it is a view. */
  readonly copied: number;
  /**
   * The rows as a tensor: at once where they are in memory and are a view, or few.
   * @throws HeadgateError unavailable when the disk cannot be read
   */
  read(): WireTensor | Promise<WireTensor>;
}

export interface RowReader {
  readonly resident: ResidentTables;
  readonly turns: TurnBudget;
}

/** @throws HeadgateError invalid_argument that names the field */
export function resolvedRows(
  reference: DatasetReference,
  version: ContentVersion,
  field: string,
  reader: RowReader,
): ResolvedRows {
  const { table } = version;
  const [from, to] = rangeOf(reference, version, field);
  const chosen = chosenColumns(reference, table.columns, field);
  const names = chosen.map(({ name }) => name);
  const datatype = (chosen[0] as DatasetColumn).datatype;
  const shape = shapeOf(reference, chosen, to - from, field);
  const { columns } = reference;
  const used = { ref: reference.ref, version: version.version, rows: [from, to] as const };
  const tensor = (data: Uint8Array): WireTensor => ({ datatype, shape, data });
  const rows = (): Pieces<Uint8Array> => selectedRows(table.blocks, names, from, to);
  const view = isView(table.blocks, names);
  const short = view || elementCount(shape) <= atOnceMax;
  const fromDisk = async (): Promise<WireTensor> => {
    // Another table may take its place between the read and the moment that this continues.
    while (!table.resident) await reader.resident.read(table);
    return tensor(await (short ? whole(rows()) : reader.turns.all(rows())));
  };
  return {
    used: columns === undefined ? used : { ...used, columns },
    identity: [version.version, from, to, names, shape],
    copied: view ? 0 : elementCount(shape) * datatypeBytes[datatype],
    read() {
      if (!table.resident) return fromDisk();
      reader.resident.used(table);
      return short ? tensor(whole(rows())) : reader.turns.all(rows()).then(tensor);
    },
  };
}

function rangeOf(
  { rows, last }: DatasetReference,
  { rows: count, version }: ContentVersion,
  field: string,
): readonly [number, number] {
  if (last !== undefined) {
    if (last > count)
      throw invalidArgument(`${field}.last`, `${last} rows, and version ${version} has ${count}`);
    return [count - last, count];
  }
  if (rows === undefined) return [0, count];
  if (rows[1] > count)
    throw invalidArgument(
      `${field}.rows`,
      `[${rows.join(", ")}] ends beyond the ${count} rows of version ${version}`,
    );
  return rows;
}

function chosenColumns(
  { ref, columns }: DatasetReference,
  all: readonly DatasetColumn[],
  field: string,
): readonly DatasetColumn[] {
  if (columns === undefined && all.length > 1)
    throw invalidArgument(
      `${field}.columns`,
      `missing; ${ref} has ${all.length} columns (${listed(all)}): name one, or several for a matrix`,
    );
  if (columns === undefined) return all;
  const byName = new Map(all.map((column) => [column.name, column]));
  const find = (name: string, path: string): DatasetColumn => {
    const found = byName.get(name);
    if (found === undefined)
      throw invalidArgument(path, `${ref} has no column ${shown(name)}; it has ${listed(all)}`);
    return found;
  };
  if (typeof columns === "string") return [find(columns, `${field}.columns`)];
  const chosen = columns.map((name, i) => find(name, `${field}.columns[${i}]`));
  requireMatrix(chosen, field);
  return chosen;
}

/** Columns side by side are a matrix: they have one datatype, and their rows are values or lists of them. */
function requireMatrix(chosen: readonly DatasetColumn[], field: string): void {
  const [first] = chosen as readonly [DatasetColumn];
  for (const [i, { name, datatype, shape }] of chosen.entries()) {
    const path = `${field}.columns[${i}]`;
    if (datatype !== first.datatype)
      throw invalidArgument(
        path,
        `${name} is ${datatype} and ${first.name} is ${first.datatype}: a matrix has one datatype`,
      );
    if (shape.length > 1)
      throw invalidArgument(
        path,
        `a row of ${name} has the shape [${shape.join(", ")}]: name it alone, columns: ${shown(name)}`,
      );
  }
}

function listed(columns: readonly DatasetColumn[]): string {
  const names = columns.slice(0, 20).map(({ name }) => name);
  return columns.length > 20 ? `${names.join(", ")} and ${columns.length - 20} more` : names.join(", ");
}

function shapeOf(
  { columns, shape: asked }: DatasetReference,
  chosen: readonly DatasetColumn[],
  rows: number,
  field: string,
): readonly number[] {
  const row = (chosen[0] as DatasetColumn).shape;
  const width = chosen.reduce((sum, { shape }) => sum + elementCount(shape), 0);
  const own = typeof columns === "object" ? [rows, width] : [rows, ...row];
  return reshaped(own, asked, field);
}

/**
 * The shape that was asked for, of as many elements as there are.
 * @throws HeadgateError invalid_argument
 */
export function reshaped(
  own: readonly number[],
  asked: readonly number[] | undefined,
  field: string,
): readonly number[] {
  const count = elementCount(own);
  if (count > limits.tensor_elements_max)
    throw invalidArgument(
      field,
      `[${own.join(", ")}] has ${count} elements, the limit of a tensor is ${limits.tensor_elements_max}: refer to fewer rows`,
    );
  if (asked === undefined) return own;
  if (elementCount(asked) !== count)
    throw invalidArgument(
      `${field}.shape`,
      `[${asked.join(", ")}] has ${elementCount(asked)} elements, and the rows have ${count}, [${own.join(", ")}]`,
    );
  return asked;
}
