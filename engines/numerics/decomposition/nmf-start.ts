/**
 * Computes the starting factors of NMF, either from the leading singular vectors without their negative halves, or
 * from random numbers. Source: Boutsidis and Gallopoulos 2008, "SVD based initialization: a head start for
 * nonnegative matrix factorization".
 */
import { invalidArgument } from "../../../protocol/errors.js";
import type { FitContext } from "../fit.js";
import { transpose } from "../linear-algebra/transpose.js";
import { RandomState } from "../random/random.js";
import { leadingSvd } from "./randomized-svd.js";

export type NmfInit = "random" | "nndsvd" | "nndsvda" | "nndsvdar";

/** The factors of X ≈ WH. Both are stored by component, so that the numbers of one component are contiguous. */
export interface Factors {
  readonly k: number;
  /** [k,n] the transpose of W. */
  readonly weights: Float64Array;
  /** [k,p] H. */
  readonly parts: Float64Array;
}

/** A number of the start below this counts as zero, as in scikit-learn. */
const negligible = 1e-6;

/**
 * Computes the starting factors of X [n,p] with k components.
 * @param init null: nndsvda where k ≤ min(n, p), else random
 */
export async function startFactors(
  x: Float64Array,
  n: number,
  p: number,
  k: number,
  init: NmfInit | null,
  seed: number,
  context: FitContext,
): Promise<Factors> {
  const most = Math.min(n, p);
  const chosen = init ?? (k <= most ? "nndsvda" : "random");
  const mean = x.reduce((sum, value) => sum + value, 0) / x.length;
  if (chosen === "random") return randomFactors(n, p, k, Math.sqrt(mean / k), new RandomState(seed));
  if (k > most) {
    throw invalidArgument(
      "parameters.init",
      `${chosen} gives at most min(n, p) = ${most} components, not ${k}`,
    );
  }
  const options = { components: k, oversamples: 10, iteratedPower: null, randomState: seed };
  const { singularValues, left, right } = await leadingSvd(x, n, p, options, context);
  for (let c = 0; c < k; c++) {
    const u = left.subarray(c * n, (c + 1) * n);
    const v = right.subarray(c * p, (c + 1) * p);
    keepOneSign(u, v, singularValues[c] as number, c === 0);
  }
  if (chosen === "nndsvda") for (const part of [left, right]) fillZeros(part, () => mean);
  if (chosen === "nndsvdar") {
    const random = new RandomState(seed);
    const draw = () => Math.abs((mean * random.normal()) / 100);
    // The random numbers are drawn in scikit-learn's order: for the rows of W first, then for the rows of H.
    const bySample = transpose(left, k, n);
    fillZeros(bySample, draw);
    left.set(transpose(bySample, n, k));
    fillZeros(right, draw);
  }
  return { k, weights: left, parts: right };
}

/**
 * Replaces a pair of singular vectors by non-negative ones, in place. The first pair takes its absolute values. Every
 * other pair keeps either its positive or its negative halves, whichever have the larger product of norms.
 */
function keepOneSign(u: Float64Array, v: Float64Array, singularValue: number, first: boolean): void {
  const [uPlus, uMinus] = halfNorms(u);
  const [vPlus, vMinus] = halfNorms(v);
  const positive = uPlus * vPlus > uMinus * vMinus;
  const [uNorm, vNorm] = positive ? [uPlus, vPlus] : [uMinus, vMinus];
  for (const [part, norm] of [
    [u, uNorm],
    [v, vNorm],
  ] as const) {
    const scale = first ? Math.sqrt(singularValue) : Math.sqrt(singularValue * uNorm * vNorm) / norm;
    for (let i = 0; i < part.length; i++) {
      const value = part[i] as number;
      const kept = first ? Math.abs(value) : Math.max(0, positive ? value : -value);
      part[i] = kept * scale < negligible || norm === 0 ? 0 : kept * scale;
    }
  }
}

/** The norm of the positive numbers and the norm of the negative ones. */
function halfNorms(values: Float64Array): readonly [number, number] {
  let plus = 0;
  let minus = 0;
  for (const value of values) {
    if (value > 0) plus += value * value;
    else minus += value * value;
  }
  return [Math.sqrt(plus), Math.sqrt(minus)];
}

function fillZeros(values: Float64Array, fill: () => number): void {
  for (let at = 0; at < values.length; at++) if (values[at] === 0) values[at] = fill();
}

function randomFactors(n: number, p: number, k: number, scale: number, random: RandomState): Factors {
  const draw = () => Math.abs(scale * random.normal());
  const parts = Float64Array.from({ length: k * p }, draw);
  const weights = transpose(Float64Array.from({ length: n * k }, draw), n, k);
  return { k, weights, parts };
}
