/**
 * Rows sorted into the cells of a grid, so that all neighbours of a row within a radius lie in its own cell
 * or in the ones beside it. The grid spans the widest axes: with more of them fewer rows share a cell, but
 * more cells lie beside one (13 forward ones with three axes, 40 with four).
 */

export interface NeighbourGrid {
  readonly p: number;
  /** [n,p] the rows, those of a cell together. */
  readonly rows: Float64Array;
  /** [n] where each of them was in X. */
  readonly order: Int32Array;
  /** [n] the cell of each of them. */
  readonly cellOf: Int32Array;
  /** [cells + 1] the first row of each cell. */
  readonly starts: Int32Array;
  /** [cells,besides] the cells beside each one, each pair of cells once; −1 for those without rows. */
  readonly beside: Int32Array;
  readonly besides: number;
}

/** A fourth axis halves the time of 100,000×5 and adds a third to that of 2500×5 (measured). */
const axesOf = (n: number) => (n < 10_000 ? 3 : 4);
/** Cells along an axis: 2¹³ four times over still number exactly in a float64. */
const cellsMaximum = 8192;
/** Cells are wider than the radius by more than rounding can move a row. */
const slack = 1 + 1e-6;

/** X [n,p] in cells at least `radius` wide. */
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
  /** Of one cell. */
  readonly width: number;
  /** Cells, with an empty one at either end. */
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

/** The cell of each row, numbered as they are met, and the grid's own number of each cell. */
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
