/** Sorts the rows of a table by one of its columns, filters them by name, and keeps only as many as can be read. Pure. */

export interface Column<Row> {
  readonly id: string;
  readonly title: string;
  /** A sentence that explains the figure. */
  readonly hint?: string;
  /** Texts are written at the left and sort from A; numbers at the right, from the largest. */
  readonly isText?: boolean;
  readonly value: (row: Row) => number | string | null;
  readonly text: (row: Row) => string;
  /** A share from 0 to 1 that is drawn as a bar behind the text. */
  readonly share?: (row: Row) => number;
}

export interface SortOrder {
  readonly column: string;
  readonly descending: boolean;
}

export interface ShownRows<Row> {
  readonly rows: readonly Row[];
  /** The number of rows that match the filter. */
  readonly matching: number;
  readonly total: number;
}

/** More rows than this nobody reads, and each costs the browser time once a second. */
export const shownMax = 100;

/** @param key tells rows with equal values apart, so that they do not change places from one second to the next */
export function shownRows<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  order: SortOrder,
  key: (row: Row) => string,
  filter: string,
): ShownRows<Row> {
  const wanted = filter.trim().toLowerCase();
  const matching = wanted === "" ? [...rows] : rows.filter((row) => key(row).toLowerCase().includes(wanted));
  const column = columns.find(({ id }) => id === order.column);
  const sign = order.descending ? -1 : 1;
  if (column !== undefined)
    matching.sort((a, b) => compare(column.value(a), column.value(b), sign) || compare(key(a), key(b), 1));
  return { rows: matching.slice(0, shownMax), matching: matching.length, total: rows.length };
}

/** Rows without a value come last in both directions. */
function compare(a: number | string | null, b: number | string | null, sign: number): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
  if (a === b) return 0;
  return a < b ? -sign : sign;
}

/** The order after a click on a column's title: the other way round where it is sorted by that column already. */
export function orderAfterClick<Row>(order: SortOrder, column: Column<Row>): SortOrder {
  if (order.column === column.id) return { column: column.id, descending: !order.descending };
  return { column: column.id, descending: column.isText !== true };
}

/** What is said below a table that does not show all of its rows. */
export function restText({ rows, matching, total }: ShownRows<unknown>): string {
  if (matching === 0 && total > 0) return `None of ${total.toLocaleString("en-US")} has this in its name.`;
  if (rows.length === matching) return "";
  return `The first ${rows.length} of ${matching.toLocaleString("en-US")} in this order: filter by name to see others.`;
}
