/**
 * Density-based clustering as in scikit-learn's DBSCAN: a distance equal to the radius counts as near, clusters are
 * numbered by their first core sample, and a border sample joins the lowest-numbered cluster that it touches.
 * Neighbourhoods are not stored: three passes over the pairs of near cells need memory for the rows alone, where
 * scikit-learn stores every pair. Source: Ester and others 1996.
 */
import { type Floats, reportInPieces, type WorkReporter } from "../../kernels/index.js";
import { type FitContext, workReporterOf } from "../fit.js";
import { toFloat64 } from "../float-tensors.js";
import { dividedBy, unitOf } from "../linear-algebra/power-of-two.js";
import { type PairMetric, pairWithin } from "./dbscan-metrics.js";
import { DisjointSets } from "./disjoint-sets.js";
import { type NeighbourGrid, neighbourGrid } from "./neighbour-grid.js";

export type DistanceMetric = "euclidean" | "manhattan" | "chebyshev" | "minkowski" | PairMetric;

export interface DbscanOptions {
  /** The largest distance between neighbours; a distance equal to it still counts. */
  readonly radius: number;
  /** The least total weight of a neighbourhood, its centre included, that makes the centre a core sample. */
  readonly weightMinimum: number;
  readonly metric: DistanceMetric;
  /** Minkowski's p, above 0. */
  readonly power: number;
}

export interface Dbscan {
  /** [n] the cluster of each sample; −1 for noise. */
  readonly labels: Int32Array;
  /** The indices of the core samples, ascending. */
  readonly coreSamples: Int32Array;
}

/**
 * Fits X [n,p]; `weights` [n] are 1 when absent. Numbers whose powers would overflow or vanish are divided by a
 * common unit first, and so is the radius.
 */
export async function dbscan(
  x: Floats,
  n: number,
  p: number,
  options: DbscanOptions,
  context: FitContext,
  weights?: Float64Array,
): Promise<Dbscan> {
  const unit = unitOf(x, "FP64");
  const byPairs = isPairMetric(options.metric);
  // Pair metrics are ratios without a unit, so their radius is not scaled; and since no grid narrows down their
  // neighbours, all rows go into one cell.
  const scaled = unit === 1 || byPairs ? options : { ...options, radius: options.radius / unit };
  const cellWidth = byPairs ? Number.POSITIVE_INFINITY : scaled.radius;
  const grid = neighbourGrid(toFloat64(unit === 1 ? x : dividedBy(x, unit)), n, p, cellWidth);
  const pairs = new NearPairs(grid, scaled, workReporterOf(context));
  const own = Float64Array.from(grid.order, (i) => weights?.[i] ?? 1);
  const cores = coreRows(pairs, own, options.weightMinimum);
  const labels = numberClusters(grid.order, cores, joinCores(pairs, cores));
  joinBorders(pairs, cores, labels);
  const labelsInOrder = new Int32Array(n);
  grid.order.forEach((i, row) => {
    labelsInOrder[i] = labels[row] as number;
  });
  return { labels: labelsInOrder, coreSamples: grid.order.filter((_, row) => cores.rows[row] === 1).sort() };
}

interface CoreSamples {
  /** [n] 1 for core rows. */
  readonly rows: Uint8Array;
  /** The number of rows of each cell that are not core rows. */
  readonly others: Int32Array;
}

/** Finds the core rows: those whose neighbourhood weighs at least `weightMinimum`. */
function coreRows(pairs: NearPairs, own: Float64Array, weightMinimum: number): CoreSamples {
  const { starts, cellOf } = pairs.grid;
  const sums = own.slice();
  const rows = new Uint8Array(own.length);
  const others = starts.subarray(1).map((end, cell) => end - (starts[cell] as number));
  const settle = (row: number) => {
    if (rows[row] === 1 || !((sums[row] as number) >= weightMinimum)) return;
    rows[row] = 1;
    const cell = cellOf[row] as number;
    others[cell] = (others[cell] as number) - 1;
  };
  // Without negative weights the sum of a row never falls. A row that is core then stays core, and the distance of
  // two core rows need not be computed.
  const growing = own.every((weight) => weight >= 0);
  if (growing) for (let row = 0; row < rows.length; row++) settle(row);
  pairs.visit((i, cell, from, to) => {
    if (rows[i] === 1 && others[cell] === 0) return;
    for (let j = from; j < to; j++) {
      if ((rows[i] === 1 && rows[j] === 1) || !pairs.near(i, j)) continue;
      sums[i] = (sums[i] as number) + (own[j] as number);
      sums[j] = (sums[j] as number) + (own[i] as number);
      if (!growing) continue;
      settle(i);
      settle(j);
    }
  });
  if (!growing) for (let row = 0; row < rows.length; row++) settle(row);
  return { rows, others };
}

/** Joins core rows that are neighbours into one set. */
function joinCores(pairs: NearPairs, { rows }: CoreSamples): DisjointSets {
  const { starts, cellOf } = pairs.grid;
  const sets = new DisjointSets(rows.length);
  // The number of sets that hold the core rows of each cell, minus one. At 0 all core rows of a cell are in one set,
  // and a single pair of neighbours joins two such cells.
  const apart = new Int32Array(starts.length - 1).fill(-1);
  const someCore = new Int32Array(apart.length).fill(-1);
  rows.forEach((core, row) => {
    if (core === 0) return;
    const cell = cellOf[row] as number;
    apart[cell] = (apart[cell] as number) + 1;
    someCore[cell] = row;
  });
  pairs.visit((i, cell, from, to) => {
    if (rows[i] === 0 || someCore[cell] === -1) return;
    const own = cellOf[i] as number;
    if (apart[cell] === 0 && (own === cell || sets.joined(i, someCore[cell] as number))) return;
    for (let j = from; j < to; j++) {
      if (rows[j] === 0 || sets.joined(i, j) || !pairs.near(i, j)) continue;
      sets.join(i, j);
      if (own === cell) apart[cell] = (apart[cell] as number) - 1;
      else if (apart[cell] === 0) return;
    }
  });
  return sets;
}

/** A label for each core row: clusters are numbered in the order of their first core sample in X. */
function numberClusters(order: Int32Array, { rows }: CoreSamples, sets: DisjointSets): Int32Array {
  const rowOf = new Int32Array(order.length);
  order.forEach((i, row) => {
    rowOf[i] = row;
  });
  const labels = new Int32Array(order.length).fill(-1);
  let clusters = 0;
  for (const row of rowOf) {
    if (rows[row] === 0) continue;
    const root = sets.find(row);
    if (labels[root] === -1) labels[root] = clusters++;
    labels[row] = labels[root] as number;
  }
  return labels;
}

/**
 * Gives each row that is near core rows, but not core itself, the lowest of their labels, which is the cluster that
 * scikit-learn grows first.
 */
function joinBorders(pairs: NearPairs, { rows, others }: CoreSamples, labels: Int32Array): void {
  pairs.visit((i, cell, from, to) => {
    if (rows[i] === 1 && others[cell] === 0) return;
    for (let j = from; j < to; j++) {
      if (rows[i] === rows[j]) continue;
      const inside = rows[i] === 1 ? i : j;
      const border = rows[i] === 1 ? j : i;
      const label = labels[inside] as number;
      const found = labels[border] as number;
      if ((found === -1 || label < found) && pairs.near(i, j)) labels[border] = label;
    }
  });
}

function isPairMetric(metric: DistanceMetric): metric is PairMetric {
  return metric === "canberra" || metric === "braycurtis" || metric === "hamming";
}

/** The estimated work of one pair, in multiply-adds: for most pairs the first columns already exceed the limit. */
const costOfPair = 16;

/** The pairs of rows whose cells touch, and the test whether two rows are neighbours. */
class NearPairs {
  readonly #limit: number;

  constructor(
    readonly grid: NeighbourGrid,
    private readonly options: DbscanOptions,
    private readonly reportWork: WorkReporter,
  ) {
    this.#limit = options.metric === "euclidean" ? options.radius ** 2 : options.radius;
  }

  /**
   * Calls `each` with a row, a cell, and the range [from, to) of that cell's rows to pair the row with. No pair comes
   * twice, and the pairs within one cell come first.
   */
  visit(each: (i: number, cell: number, from: number, to: number) => void): void {
    const { starts, cellOf, beside, besides } = this.grid;
    for (let i = 0; i < cellOf.length; i++) {
      const cell = cellOf[i] as number;
      const end = starts[cell + 1] as number;
      reportInPieces(this.reportWork, costOfPair * (end - i));
      each(i, cell, i + 1, end);
    }
    for (let i = 0; i < cellOf.length; i++) {
      const first = (cellOf[i] as number) * besides;
      for (let at = first; at < first + besides; at++) {
        const cell = beside[at] as number;
        if (cell === -1) continue;
        const from = starts[cell] as number;
        const to = starts[cell + 1] as number;
        reportInPieces(this.reportWork, costOfPair * (to - from));
        each(i, cell, from, to);
      }
    }
  }

  near(i: number, j: number): boolean {
    const { rows, p } = this.grid;
    const limit = this.#limit;
    const { metric } = this.options;
    if (isPairMetric(metric)) return pairWithin(metric, rows, i * p, j * p, p, limit);
    switch (metric) {
      case "euclidean":
        return squaredWithin(rows, i * p, j * p, p, limit);
      case "manhattan":
        return sumWithin(rows, i * p, j * p, p, limit);
      case "chebyshev":
        return eachWithin(rows, i * p, j * p, p, limit);
      case "minkowski":
        return powersWithin(rows, i * p, j * p, p, limit, this.options.power);
    }
  }
}

/**
 * The number of columns that are summed between two comparisons with the limit, in scikit-learn's order of summation.
 */
const columnsPerLook = 4;

function squaredWithin(rows: Float64Array, a: number, b: number, p: number, limit: number): boolean {
  let sum = 0;
  let j = 0;
  for (; j + columnsPerLook <= p; j += columnsPerLook) {
    const d0 = (rows[a + j] as number) - (rows[b + j] as number);
    const d1 = (rows[a + j + 1] as number) - (rows[b + j + 1] as number);
    const d2 = (rows[a + j + 2] as number) - (rows[b + j + 2] as number);
    const d3 = (rows[a + j + 3] as number) - (rows[b + j + 3] as number);
    sum = sum + d0 * d0 + d1 * d1 + d2 * d2 + d3 * d3;
    if (sum > limit) return false;
  }
  for (; j < p; j++) {
    const difference = (rows[a + j] as number) - (rows[b + j] as number);
    sum += difference * difference;
  }
  return sum <= limit;
}

function sumWithin(rows: Float64Array, a: number, b: number, p: number, limit: number): boolean {
  let sum = 0;
  for (let j = 0; j < p && sum <= limit; j++)
    sum += Math.abs((rows[a + j] as number) - (rows[b + j] as number));
  return sum <= limit;
}

/**
 * Compares the differences divided by the radius with 1. The power of a small radius may underflow to zero; the power
 * of a small quotient may underflow without changing the result.
 */
function powersWithin(
  rows: Float64Array,
  a: number,
  b: number,
  p: number,
  radius: number,
  power: number,
): boolean {
  let sum = 0;
  for (let j = 0; j < p && sum <= 1; j++)
    sum += (Math.abs((rows[a + j] as number) - (rows[b + j] as number)) / radius) ** power;
  return sum <= 1;
}

function eachWithin(rows: Float64Array, a: number, b: number, p: number, limit: number): boolean {
  for (let j = 0; j < p; j++) {
    if (!(Math.abs((rows[a + j] as number) - (rows[b + j] as number)) <= limit)) return false;
  }
  return true;
}
