/**
 * Computes W for new rows X ≈ WH while the H of a fit stays fixed: scikit-learn's NMF.transform, with its starts and
 * stopping rules.
 */
import type { Floats } from "../../kernels/index.js";
import { type FitContext, throwIfAborted, workReporterOf } from "../fit.js";
import { transpose } from "../linear-algebra/transpose.js";
import { RandomState } from "../random/random.js";
import { distance, iterationsPerLook, refuseNegative, samplesOf, type TransformOptions } from "./nmf.js";
import type { Convergence } from "./nmf-descent.js";
import { type NmfSamples, productsOfParts } from "./nmf-products.js";
import type { Factors } from "./nmf-start.js";
import { descend, multiply, type Penalty, type Products } from "./nmf-updates.js";

export interface NmfTransform extends Convergence {
  /** [n,k] */
  readonly weights: Float64Array;
}

/**
 * The weights of the rows of X [n,p] for the fixed parts H [k,p].
 * @throws HeadgateError `invalid_argument` naming the first column with a negative number
 */
export async function transformed(
  x: Floats,
  n: number,
  { parts, k, p }: { readonly parts: Float64Array; readonly k: number; readonly p: number },
  options: TransformOptions,
  context: FitContext,
): Promise<NmfTransform> {
  refuseNegative(x, p, "X");
  const samples = samplesOf(x, n, p);
  throwIfAborted(context);
  // H stays fixed, so its products are computed only once.
  const products = await productsOfParts(samples, parts, k, context.kernels);
  const { alphaW, l1Ratio } = options;
  const penalty = { l1: p * alphaW * l1Ratio, l2: p * alphaW * (1 - l1Ratio) };
  const factors = { k, parts, weights: new Float64Array(k * n) };
  const solve = options.solver === "cd" ? descendToRest : multiplyToRest;
  const rested = await solve(samples, factors, products, penalty, options, context);
  return { ...rested, weights: transpose(factors.weights, k, n) };
}

/** Computes W by coordinate descent, starting from zeros. */
async function descendToRest(
  { n }: NmfSamples,
  { k, weights }: Factors,
  { gram, cross }: Products,
  penalty: Penalty,
  { tolerance, iterationsMaximum, shuffle, randomState }: TransformOptions,
  context: FitContext,
): Promise<Convergence> {
  const random = new RandomState(randomState);
  const inOrder = Int32Array.from({ length: k }, (_, c) => c);
  const gradient = new Float64Array(n);
  let first = 0;
  for (let iteration = 1; ; iteration++) {
    throwIfAborted(context);
    const order = shuffle ? random.permutation(k) : inOrder;
    const violation = descend(
      weights,
      n,
      { gram: gram.slice(), cross },
      penalty,
      order,
      gradient,
      workReporterOf(context),
    );
    if (iteration === 1) first = violation;
    const converged = first === 0 || violation / first <= tolerance;
    if (converged || iteration === iterationsMaximum) return { iterations: iteration, converged };
  }
}

/**
 * Computes W by multiplicative updates. They start from the same number in every place, because a multiplied zero
 * stays zero.
 */
async function multiplyToRest(
  samples: NmfSamples,
  factors: Factors,
  products: Products,
  penalty: Penalty,
  { tolerance, iterationsMaximum }: TransformOptions,
  context: FitContext,
): Promise<Convergence> {
  const { x, n } = samples;
  const { k, weights } = factors;
  weights.fill(Math.sqrt(x.reduce((sum, value) => sum + value, 0) / x.length / k));
  const scratch = new Float64Array(n);
  const first = await distance(samples, factors, context.kernels);
  let before = first;
  for (let iteration = 1; ; iteration++) {
    throwIfAborted(context);
    multiply(weights, n, products, penalty, scratch, workReporterOf(context));
    if (tolerance > 0 && iteration % iterationsPerLook === 0) {
      const error = await distance(samples, factors, context.kernels);
      if ((before - error) / first < tolerance) return { iterations: iteration, converged: true };
      before = error;
    }
    if (iteration === iterationsMaximum) return { iterations: iteration, converged: false };
  }
}
