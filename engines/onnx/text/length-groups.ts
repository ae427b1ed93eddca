/** Which rows of a batch run together: those of similar length, so that a headline is not padded to a report. Pure. */

/** Below this a run costs the same, however short its rows are. */
const shortest = 16;

/** Row numbers in groups, each padded to its own longest: nowhere to more than twice a row's length, above 16. */
export function groupByLength(lengths: readonly number[]): number[][] {
  const groups = new Map<number, number[]>();
  lengths.forEach((length, row) => {
    const size = Math.ceil(Math.log2(Math.max(shortest, length)));
    const group = groups.get(size) ?? [];
    groups.set(size, group);
    group.push(row);
  });
  return [...groups.values()];
}

/** Rows of tokens as one [rows, longest] matrix, row-major, filled up at the right. */
export function padded(
  rows: readonly (readonly number[])[],
  fill: number,
): { width: number; data: number[] } {
  const width = rows.reduce((most, row) => Math.max(most, row.length), 1);
  const data = new Array<number>(rows.length * width).fill(fill);
  rows.forEach((row, at) => {
    row.forEach((value, column) => {
      data[at * width + column] = value;
    });
  });
  return { width, data };
}
