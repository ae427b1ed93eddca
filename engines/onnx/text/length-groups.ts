/** Groups the rows of a batch by length, so that short texts are not padded to the length of long ones. Pure. */

/** Below this number of tokens a run takes the same time however short its rows are. */
const shortest = 16;

/**
 * Groups of row indices, each group padded to its longest row: no row is padded to more than twice its length, or to
 * 16 tokens.
 */
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

/** Rows of tokens as one [rows, longest] matrix, row-major, padded at the right. */
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
