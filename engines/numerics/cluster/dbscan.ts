/**
 * Density-based clustering as scikit-learn's DBSCAN: its inclusive radius, its numbering of clusters by
 * their first core sample, its border samples in the lowest cluster they touch. No neighbourhood is ever
 * stored: three passes over the pairs of near cells take memory for the rows alone, where scikit-learn
 * holds every pair. Source: Ester and others 1996.
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
  /** The largest distance between neighbours, itself included. */
  readonly radius: number;
  /** The weight of a neighbourhood, its centre included, that makes the centre a core sample. */
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
 * Fits X [n,p]; `weights` [n] are 1 when absent. Numbers whose powers would overflow or vanish are scaled first, and
 * the radius with them.
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
  // Distances by pairs are ratios, which have no unit, and no grid tells who is near by them.
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
  /** How many rows of each cell are not. */
  readonly others: Int32Array;
}

/** Which rows have a neighbourhood heavy enough. */
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
  // Without negative weights a row once core stays core, and pairs of such rows need no distance.
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

/** Core rows that are neighbours belong together. */
function joinCores(pairs: NearPairs, { rows }: CoreSamples): DisjointSets {
  const { starts, cellOf } = pairs.grid;
  const sets = new DisjointSets(rows.length);
  // How many sets the core rows of each cell are in, beyond one: with one in each, one pair joins two cells.
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

/** A label for each core row: clusters count up in the order of their first core sample in X. */
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

/** Other rows near core rows take the lowest of their labels: the cluster that scikit-learn grows first. */
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

/** The first columns tell most pairs apart. */
const costOfPair = 16;

/** The pairs of rows whose cells touch, and whether two rows are neighbours. */
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
   * Calls back with a row, a cell, and the stretch [from, to) of that cell's rows to pair it with; no pair
   * comes twice, and those within one cell come first.
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

/** Columns summed between two looks at the limit, in scikit-learn's order of summation. */
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

/** By shares of the radius: its own power may underflow, and that of a share within it does no harm. */
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
