/**
 * The inputs of a schedule as references to rows that never change. The version is the newest one when a stage begins: a
 * dataset that grows fast keeps an older one only for a while, and appending does not change the rows before.
 */
import { HeadgateError } from "../../protocol/errors.js";
import type { DatasetReference } from "../../protocol/reference.js";
import type { Datasets } from "../datasets/datasets.js";
import type { TableRows } from "./schedule-record.js";

export interface PinnedInputs {
  readonly references: Readonly<Record<string, DatasetReference>>;
  /** The number of rows that all inputs have: labels may come later than the rows that they are of. */
  readonly rows: number;
  /** The tables of all inputs, by the inputs' names. */
  readonly table: string;
}

/**
 * @param range the rows; absent: all that there are
 * @throws HeadgateError not_found for a dataset that is gone, failed_precondition where it was put anew since the range
 * was chosen
 */
export function pinnedInputs(
  datasets: Pick<Datasets, "newest">,
  namespace: string,
  inputs: Readonly<Record<string, DatasetReference>>,
  range?: TableRows,
): PinnedInputs {
  const found = Object.entries(inputs).map(([name, { ref, columns }]) => {
    const newest = datasets.newest(namespace, ref);
    if (newest === undefined)
      throw new HeadgateError(
        "not_found",
        `inputs.${name}.ref: the dataset ${ref} is not in this namespace: put it, and the schedule goes on`,
      );
    return { name, ref, columns, newest };
  });
  const rows = Math.min(...found.map(({ newest }) => newest.rows));
  const table = found
    .map(({ name, newest }) => `${name}:${newest.table}`)
    .sort()
    .join(" ");
  const { from, to } = range ?? { from: 0, to: rows };
  if (range !== undefined && (range.table !== table || to > rows))
    throw new HeadgateError(
      "failed_precondition",
      "inputs: a dataset was put anew while the schedule retrained",
    );
  const references = found.map(({ name, ref, columns, newest: { version } }) => {
    const reference = { ref, version, rows: [from, to] as const, ...(columns !== undefined && { columns }) };
    return [name, reference] as const;
  });
  return { references: Object.fromEntries(references), rows, table };
}
