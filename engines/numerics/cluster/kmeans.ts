/**
 * Lloyd's k-means as in scikit-learn's KMeans: greedy k-means++ starts, its tolerance, strict convergence when no
 * label changes, and relocation of empty clusters. The kernels hold the samples and compute the assignments and the
 * sums.
 */
import { invalidArgument } from "../../../protocol/errors.js";
import type { Floats } from "../../kernels/index.js";
import { squaredDistance } from "../../kernels/plain.js";
import { centred, columnCentre } from "../covariance/column-moments.js";
import { type FitContext, reportPasses, throwIfAborted } from "../fit.js";
import { dividedBy, unitOf } from "../linear-algebra/power-of-two.js";
import { RandomState } from "../random/random.js";
import { differentSamples, plusPlusPoints } from "./kmeans-seeding.js";
import { type ClusterPoints, type WeightedAssignment, WeightedPoints } from "./kmeans-weights.js";

export interface KMeansOptions {
  readonly clusters: number;
  /**
   * How to choose the starting centres, or the starting centres [k,p] themselves, from which then a single run
   * starts.
   */
  readonly init: "k-means++" | "random" | Float64Array;
  /** The number of runs, of which the best is kept; null: 10 for "random", else 1. */
  readonly starts: number | null;
  readonly iterationsMaximum: number;
  /**
   * A run stops when the summed squared shift of the centres is at most this number times the mean column variance.
   */
  readonly tolerance: number;
  /** [n] the weight of each sample, at least 0; 1 when absent. */
  readonly weights?: Float64Array | null;
  /** A seed, or a generator whose next numbers are drawn. */
  readonly randomState: number | RandomState;
}

export interface KMeans {
  /** [k,p] */
  readonly centres: Float64Array;
  /** [n] */
  readonly labels: Int32Array;
  /** The sum of the squared distances of the samples to their centres, each times the sample's weight. */
  readonly inertia: number;
  readonly iterations: number;
  /** Whether the best run met a stopping rule; false when it only reached the maximum of iterations. */
  readonly converged: boolean;
  /** Whether the best run stopped because no label changed in its last iteration. */
  readonly strict: boolean;
  /** The summed squared shift of the centres in the last iteration. */
  readonly shift: number;
}

/**
 * Fits X [n,p]; numbers whose squares would overflow or vanish are scaled first.
 * @param squares the sum of X's squares, where it is known
 * @throws HeadgateError `invalid_argument` for more clusters than rows
 */
export async function kmeans(
  x: Floats,
  n: number,
  p: number,
  options: KMeansOptions,
  context: FitContext,
  squares?: number,
): Promise<KMeans> {
  reportPasses(context, 1, n * p);
  const unit = unitOf(x, context.kernels.precision, squares);
  if (unit === 1) return fitted(x, n, p, options, context);
  const { init } = options;
  const start = init instanceof Float64Array ? dividedBy(init, unit) : init;
  const own = await fitted(dividedBy(x, unit), n, p, { ...options, init: start }, context);
  return { ...own, centres: own.centres.map((value) => value * unit), inertia: own.inertia * unit * unit };
}

async function fitted(
  x: Floats,
  n: number,
  p: number,
  options: KMeansOptions,
  context: FitContext,
): Promise<KMeans> {
  const { clusters: k, init } = options;
  if (n < k) throw invalidArgument("parameters.n_clusters", `${k} clusters need as many rows, got ${n}`);
  const centre = columnCentre(x, n, p);
  const held = context.kernels.points(x, n, p, k, centre);
  try {
    const from = init instanceof Float64Array ? centred(init, centre, k, p) : init;
    const { weights = null } = options;
    const points = weights === null ? held : new WeightedPoints(held, weights, n, p);
    const best = await bestOfStarts(points, n, p, from, options, context);
    return { ...best, centres: best.centres.map((value, at) => value + (centre.mean[at % p] as number)) };
  } finally {
    held.release();
  }
}

async function bestOfStarts(
  points: ClusterPoints,
  n: number,
  p: number,
  init: KMeansOptions["init"],
  options: KMeansOptions,
  context: FitContext,
): Promise<KMeans> {
  const { clusters: k, weights = null } = options;
  // The mean of the column variances is the sum of all squared deviations, divided by n·p.
  const tolerance = (options.tolerance * points.squares) / (n * p);
  const { randomState } = options;
  const random = typeof randomState === "number" ? new RandomState(randomState) : randomState;
  const given = init instanceof Float64Array;
  const starts = given ? 1 : (options.starts ?? (init === "random" ? 10 : 1));
  let best: KMeans | undefined;
  for (let start = 0; start < starts; start++) {
    const from = given ? restarted(points, init) : await seeds(points, weights, n, k, init, random, context);
    const run = await lloyd(points, weights, from, k, p, options.iterationsMaximum, tolerance, context);
    // A run that finds the same clusters under other labels may differ in the last bit of its inertia; it does not
    // count as better.
    if (best === undefined || (run.inertia < best.inertia && !sameClustering(run.labels, best.labels, k)))
      best = run;
  }
  if (best === undefined) throw new RangeError("k-means needs at least one start");
  return best;
}

/** The centres to start from, about which the points know nothing yet. */
function restarted(points: ClusterPoints, centres: Float64Array, likely?: Int32Array): Float64Array {
  points.restart(likely);
  return centres;
}

/** The samples to start from; the points begin anew with them. */
async function seeds(
  points: ClusterPoints,
  weights: Float64Array | null,
  n: number,
  k: number,
  init: "k-means++" | "random",
  random: RandomState,
  context: FitContext,
): Promise<Float64Array> {
  if (init === "random") return restarted(points, points.rows(differentSamples(n, k, random, weights)));
  const { chosen, nearest } = await plusPlusPoints(points, n, k, random, context, weights);
  return restarted(points, points.rows(chosen), nearest);
}

/** One run of Lloyd's iterations from centres that the points were restarted for. Centres and samples are relative to the column means. */
async function lloyd(
  points: ClusterPoints,
  weights: Float64Array | null,
  from: Float64Array,
  k: number,
  p: number,
  iterationsMaximum: number,
  tolerance: number,
  context: FitContext,
): Promise<KMeans> {
  let centres = from;
  for (let iteration = 1; ; iteration++) {
    throwIfAborted(context);
    const found = await points.assign(centres, k);
    const moved = await updatedCentres(points, weights, found, centres, k, p);
    const shift = squaredDistance(moved, 0, centres, 0, centres.length);
    centres = moved;
    const end = { iterations: iteration, shift, strict: found.changed === 0 };
    if (end.strict) return finished(points, weights, centres, found.labels, { ...end, converged: true });
    if (shift <= tolerance || iteration === iterationsMaximum) {
      const { labels } = await points.assign(centres, k);
      return finished(points, weights, centres, labels, { ...end, converged: shift <= tolerance });
    }
  }
}

async function finished(
  points: ClusterPoints,
  weights: Float64Array | null,
  centres: Float64Array,
  labels: Int32Array,
  end: Pick<KMeans, "iterations" | "converged" | "strict" | "shift">,
): Promise<KMeans> {
  let inertia = 0;
  const distances = await points.ownDistances(centres);
  for (let i = 0; i < distances.length; i++) inertia += (distances[i] as number) * (weights?.[i] ?? 1);
  return { centres, labels, inertia, ...end };
}

/** The mean [k,p] of each cluster's samples; an empty cluster gets the mean of the largest one. */
async function updatedCentres(
  points: ClusterPoints,
  weights: Float64Array | null,
  { labels, sums, counts }: WeightedAssignment,
  centres: Float64Array,
  k: number,
  p: number,
): Promise<Float64Array> {
  if (counts.includes(0))
    relocateEmpty(points, weights, p, labels, await points.ownDistances(centres), sums, counts);
  let largest = 0;
  for (let cluster = 1; cluster < k; cluster++)
    if ((counts[cluster] as number) > (counts[largest] as number)) largest = cluster;
  const means = new Float64Array(k * p);
  for (let cluster = 0; cluster < k; cluster++) {
    const from = (counts[cluster] as number) > 0 ? cluster : largest;
    for (let j = 0; j < p; j++)
      means[cluster * p + j] = (sums[from * p + j] as number) / (counts[from] as number);
  }
  return means;
}

/**
 * Fills each empty cluster with one sample, those farthest from their centres first. The sample is subtracted from
 * the cluster that it leaves.
 */
function relocateEmpty(
  points: ClusterPoints,
  weights: Float64Array | null,
  p: number,
  labels: Int32Array,
  distances: Float64Array,
  sums: Float64Array,
  counts: Int32Array | Float64Array,
): void {
  const empty = Array.from(counts.keys()).filter((cluster) => counts[cluster] === 0);
  if (empty.length === 0) return;
  const farthest = Array.from(distances.keys()).sort(
    (a, b) => (distances[b] as number) - (distances[a] as number),
  );
  if (distances[farthest[0] ?? 0] === 0) return;
  empty.forEach((cluster, at) => {
    const sample = farthest[at] as number;
    const donor = labels[sample] as number;
    const row = points.rows(Int32Array.of(sample));
    const weight = weights?.[sample] ?? 1;
    for (let j = 0; j < p; j++) {
      const value = (row[j] as number) * weight;
      sums[donor * p + j] = (sums[donor * p + j] as number) - value;
      sums[cluster * p + j] = value;
    }
    counts[cluster] = weight;
    counts[donor] = (counts[donor] as number) - weight;
  });
}

/**
 * Whether all samples with the same label in `a` have the same label in `b`, which is how scikit-learn tells that two
 * clusterings differ only in the numbers of their labels.
 */
function sameClustering(a: Int32Array, b: Int32Array, k: number): boolean {
  const names = new Int32Array(k).fill(-1);
  return a.every((label, i) => {
    if (names[label] === -1) names[label] = b[i] as number;
    return names[label] === b[i];
  });
}
