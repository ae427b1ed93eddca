/** Compares columns: those of an append must be the dataset's, and tables of the same columns share them. */
import type { DatasetColumn } from "../../protocol/dataset-frames.js";
import { invalidArgument } from "../../protocol/errors.js";
import { shown } from "../../protocol/fields.js";
import type { RowSet } from "./row-table.js";

/** The first columns where the others are the same in the same order. */
export function sharedColumns(
  present: readonly DatasetColumn[] | undefined,
  given: readonly DatasetColumn[],
): readonly DatasetColumn[] {
  if (present?.length !== given.length) return given;
  const same = present.every(({ name, datatype, shape }, i) => {
    const other = given[i];
    return name === other?.name && datatype === other.datatype && shape.join() === other.shape.join();
  });
  return same ? present : given;
}

/** @throws HeadgateError invalid_argument that names the column */
export function requireSameColumns(present: readonly DatasetColumn[], { specs }: RowSet): void {
  const given = new Map(specs.map((spec) => [spec.name, spec]));
  for (const { name, datatype, shape } of present) {
    const column = given.get(name);
    if (column === undefined)
      throw invalidArgument(`columns.${name}`, "missing; an append has all columns of its dataset");
    if (column.datatype !== datatype)
      throw invalidArgument(
        `columns.${name}.datatype`,
        `must be ${datatype}, as in the dataset, got ${column.datatype}`,
      );
    if (column.shape.join() !== shape.join())
      throw invalidArgument(
        `columns.${name}.shape`,
        `must be [${["rows", ...shape].join(", ")}], as in the dataset, got [${["rows", ...column.shape].join(", ")}]`,
      );
  }
  const known = new Set(present.map(({ name }) => name));
  for (const { name } of specs)
    if (!known.has(name)) throw invalidArgument("columns", `the dataset has no column ${shown(name)}`);
}
