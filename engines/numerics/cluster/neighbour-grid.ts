/**
 * Sorts rows into the cells of a grid, so that all neighbours of a row within a radius lie in its own cell or in an
 * adjacent one. The grid spans the axes with the most cells. With more axes fewer rows share a cell, but each cell
 * has more adjacent ones (13 to visit with three axes, 40 with four, counting each pair of cells once).
 */

export interface NeighbourGrid {
  readonly p: number;
  /** [n,p] the rows, sorted so that those of one cell are contiguous. */
  readonly rows: Float64Array;
  /** [n] the index in X of each sorted row. */
  readonly order: Int32Array;
  /** [n] the cell of each sorted row. */
  readonly cellOf: Int32Array;
  /** [cells + 1] the first sorted row of each cell; the last entry is n. */
  readonly starts: Int32Array;
  /**
   * [cells,besides] the cells adjacent to each cell, each pair of cells listed once; −1 where the adjacent cell has
   * no rows.
   */
  readonly beside: Int32Array;
  readonly besides: number;
}

/**
 * The number of axes for n rows. A fourth axis halves the time of 100,000×5 and adds a third to that of 2500×5
 * (measured).
 */
const axesOf = (n: number) => (n < 10_000 ? 3 : 4);
/**
 * The most cells along an axis: with 2¹³ along each of four axes a float64 still holds every cell's number exactly.
 */
const cellsMaximum = 8192;
/** Cells are wider than the radius by this factor, which is more than rounding can move a row. */
const slack = 1 + 1e-6;

/** Sorts X [n,p] into cells that are at least `radius` wide. */
export function neighbourGrid(x: Float64Array, n: number, p: number, radius: number): NeighbourGrid {
  const axes = widestAxes(x, n, p, radius);
  const { cells, keys } = cellsOfRows(x, n, p, axes);
  const starts = new Int32Array(keys.length + 1);
  for (const cell of cells) starts[cell + 1] = (starts[cell + 1] as number) + 1;
  for (let cell = 0; cell < keys.length; cell++) {
    starts[cell + 1] = (starts[cell + 1] as number) + (starts[cell] as number);
  }
  const next = starts.slice();
  const order = new Int32Array(n);
  const rows = new Float64Array(n * p);
  const cellOf = new Int32Array(n);
  for (let i = 0; i < n; i++) {
    const cell = cells[i] as number;
    const to = next[cell] as number;
    next[cell] = to + 1;
    order[to] = i;
    cellOf[to] = cell;
    for (let j = 0; j < p; j++) rows[to * p + j] = x[i * p + j] as number;
  }
  return { p, rows, order, cellOf, starts, ...cellsBeside(keys, axes) };
}

interface GridAxis {
  readonly column: number;
  readonly least: number;
  /** The width of one cell. */
  readonly width: number;
  /** The number of cells along the axis, including an empty one at each end. */
  readonly cells: number;
}

function widestAxes(x: Float64Array, n: number, p: number, radius: number): readonly GridAxis[] {
  const axes: GridAxis[] = [];
  for (let column = 0; column < p; column++) {
    let least = Number.POSITIVE_INFINITY;
    let most = Number.NEGATIVE_INFINITY;
    for (let at = column; at < n * p; at += p) {
      const value = x[at] as number;
      if (value < least) least = value;
      if (value > most) most = value;
    }
    const width = Math.max(radius * slack, (most - least) / cellsMaximum);
    const cells = Math.floor((most - least) / width) + 3;
    if (cells > 3) axes.push({ column, least, width, cells });
  }
  return axes.sort((a, b) => b.cells - a.cells).slice(0, axesOf(n));
}

/**
 * The cell of each row, with cells numbered in the order in which rows first fall into them; and the key of each
 * cell, which is its number in the whole grid.
 */
function cellsOfRows(x: Float64Array, n: number, p: number, axes: readonly GridAxis[]) {
  const numbers = new Map<number, number>();
  const cells = new Int32Array(n);
  for (let i = 0; i < n; i++) {
    let key = 0;
    for (const axis of axes) {
      const along = Math.floor(((x[i * p + axis.column] as number) - axis.least) / axis.width);
      key = key * axis.cells + along + 1;
    }
    const known = numbers.get(key);
    cells[i] = known ?? numbers.size;
    if (known === undefined) numbers.set(key, numbers.size);
  }
  return { cells, keys: Array.from(numbers.keys()) };
}

function cellsBeside(keys: readonly number[], axes: readonly GridAxis[]) {
  const steps = axes
    .reduce<number[]>(
      (found, { cells }) => found.flatMap((step) => [-1, 0, 1].map((d) => step * cells + d)),
      [0],
    )
    .filter((step) => step > 0);
  const numbers = new Map(keys.map((key, cell) => [key, cell]));
  const beside = new Int32Array(keys.length * steps.length);
  let at = 0;
  for (const key of keys) for (const step of steps) beside[at++] = numbers.get(key + step) ?? -1;
  return { beside, besides: steps.length };
}
