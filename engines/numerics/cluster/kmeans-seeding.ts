/**
 * Chooses the starting centres of k-means. Random numbers come from numpy's generator in scikit-learn's order, so
 * that both start at the same samples for the same seed. Source: Arthur and Vassilvitskii 2007; scikit-learn's
 * `_kmeans_plusplus`.
 */
import type { Floats } from "../../kernels/index.js";
import { type FitContext, throwIfAborted } from "../fit.js";
import type { RandomState } from "../random/random.js";
import type { ClusterPoints } from "./kmeans-weights.js";

export interface PlusPlusSeeds {
  /** [k] the indices of the chosen samples. */
  readonly chosen: Int32Array;
  /** [n] which of them is nearest to each sample. */
  readonly nearest: Int32Array;
}

/**
 * Chooses k samples by greedy k-means++: each step draws 2 + ⌊ln k⌋ candidates and keeps the one with the smallest
 * sum of the samples' distances to their closest chosen sample.
 */
export async function plusPlusPoints(
  points: ClusterPoints,
  n: number,
  k: number,
  random: RandomState,
  context: FitContext,
  weights: Float64Array | null = null,
): Promise<PlusPlusSeeds> {
  const trials = 2 + Math.floor(Math.log(k));
  const chosen = Int32Array.of(drawFirst(n, random, weights), ...new Array<number>(k - 1).fill(0));
  const first = points.rows(chosen.subarray(0, 1));
  const p = first.length;
  const rows = new Float64Array(k * p);
  rows.set(first);
  const nearest = new Int32Array(n);
  const closest = (await points.candidateDistances(first, 1)).distances.slice();
  for (let c = 1; c < k; c++) {
    throwIfAborted(context);
    const candidates = drawByWeight(weighted(closest, weights), trials, random);
    const drawn = points.rows(candidates);
    const seeds = { rows, count: c, nearest };
    const { distances, sums } = await points.candidateDistances(drawn, trials, closest, seeds);
    const best = sums.indexOf(Math.min(...sums));
    chosen[c] = candidates[best] as number;
    rows.set(drawn.subarray(best * p, best * p + p), c * p);
    approach(closest, nearest, distances.subarray(best * n, best * n + n), c);
  }
  return { chosen, nearest };
}

/** Takes over the distances of a new seed; it is the nearest one of the samples that it is nearer to. */
function approach(closest: Float64Array, nearest: Int32Array, distances: Float64Array, seed: number): void {
  for (let i = 0; i < closest.length; i++) {
    const distance = distances[i] as number;
    if (distance >= (closest[i] as number)) continue;
    closest[i] = distance;
    nearest[i] = seed;
  }
}

/** The same for plain rows X [n,p]: hands them to the kernels for the choice and releases them afterwards. */
export async function plusPlusSamples(
  x: Floats,
  n: number,
  p: number,
  k: number,
  random: RandomState,
  context: FitContext,
): Promise<Int32Array> {
  const origin = { base: new Float64Array(p), rest: new Float64Array(p) };
  const points = context.kernels.points(x, n, p, k, origin);
  const { chosen } = await plusPlusPoints(points, n, k, random, context);
  points.release();
  return chosen;
}

/** The rows of X [n,p] at the given indices. */
export function rowsAt(x: Floats, p: number, indices: Int32Array): Floats {
  const rows =
    x instanceof Float64Array ? new Float64Array(indices.length * p) : new Float32Array(indices.length * p);
  indices.forEach((index, to) => {
    rows.set(x.subarray(index * p, index * p + p), to * p);
  });
  return rows;
}

/**
 * Indices of k different samples, drawn with equal probabilities or in proportion to the weights, as numpy's choice
 * without replacement draws them. At least k weights must be above 0.
 */
export function differentSamples(
  n: number,
  k: number,
  random: RandomState,
  given: Float64Array | null = null,
): Int32Array {
  const weights = shareOfEach(n, given);
  const found = new Set<number>();
  while (found.size < k) {
    for (const index of found) weights[index] = 0;
    const draws = Array.from({ length: k - found.size }, () => random.uniform());
    const cumulative = cumulativeSums(weights);
    const total = cumulative[n - 1] as number;
    const shares = cumulative.map((value) => value / total);
    for (const draw of draws) found.add(Math.min(n - 1, firstAbove(shares, draw)));
  }
  return Int32Array.from(found);
}

/**
 * The first sample, drawn as numpy's choice(n, p) does: the cumulative sums of the probabilities are divided by the
 * last sum.
 */
function drawFirst(n: number, random: RandomState, weights: Float64Array | null): number {
  const shares = shareOfEach(n, weights);
  let total = 0;
  for (let i = 0; i < n; i++) total += shares[i] as number;
  const wanted = random.uniform();
  let reached = 0;
  for (let i = 0; i < n; i++) {
    reached += shares[i] as number;
    if (reached / total > wanted) return i;
  }
  return n - 1;
}

function shareOfEach(n: number, weights: Float64Array | null): Float64Array {
  if (weights === null) return new Float64Array(n).fill(1 / n);
  let total = 0;
  for (const weight of weights) total += weight;
  return weights.map((weight) => weight / total);
}

function weighted(distances: Float64Array, weights: Float64Array | null): Float64Array {
  return weights === null ? distances : distances.map((distance, i) => distance * (weights[i] as number));
}

function drawByWeight(weights: Float64Array, count: number, random: RandomState): Int32Array {
  const cumulative = cumulativeSums(weights);
  const potential = cumulative[weights.length - 1] as number;
  const draws = Float64Array.from({ length: count }, () => random.uniform() * potential);
  return Int32Array.from(draws, (draw) => Math.min(weights.length - 1, firstNotBelow(cumulative, draw)));
}

function cumulativeSums(values: Float64Array): Float64Array {
  const out = new Float64Array(values.length);
  let total = 0;
  for (let i = 0; i < values.length; i++) {
    total += values[i] as number;
    out[i] = total;
  }
  return out;
}

/** The first index in ascending numbers whose value is ≥ `wanted` (numpy's searchsorted, side left). */
function firstNotBelow(ascending: Float64Array, wanted: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ascending[middle] as number) < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The first index in ascending numbers whose value is > `wanted` (numpy's searchsorted, side right). */
function firstAbove(ascending: Float64Array, wanted: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ascending[middle] as number) <= wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}
