/**
 * Factorisation of a non-negative matrix into non-negative factors, as in scikit-learn's NMF with the Frobenius loss:
 * the same starts, penalties and stopping rules. Both factors are stored by component, so that each inner loop reads
 * contiguous memory.
 */
import { invalidArgument } from "../../../protocol/errors.js";
import type { Floats, Kernels } from "../../kernels/index.js";
import { type FitContext, throwIfAborted, workReporterOf } from "../fit.js";
import { refuseTooLarge, toFloat64 } from "../float-tensors.js";
import { transpose } from "../linear-algebra/transpose.js";
import { byDescent, type Convergence, type Penalties } from "./nmf-descent.js";
import { type NmfSamples, productsOfParts, productsOfWeights } from "./nmf-products.js";
import { type Factors, type NmfInit, startFactors } from "./nmf-start.js";
import { multiply } from "./nmf-updates.js";

/** The options for computing W. A transform, in which H stays fixed, needs no others. */
export interface TransformOptions {
  readonly solver: "cd" | "mu";
  /**
   * The limit at which a solver stops. For "cd" it is the violation, divided by that of the first iteration; for "mu"
   * it is the decrease of the error since the last check, divided by the first error.
   */
  readonly tolerance: number;
  readonly iterationsMaximum: number;
  /** The penalty of W, for each column of X. */
  readonly alphaW: number;
  /** The share of the penalties that is on sums of elements (L1); the rest is on sums of squares (L2). */
  readonly l1Ratio: number;
  /** Whether coordinate descent updates the components in a random order. */
  readonly shuffle: boolean;
  readonly randomState: number;
}

export interface NmfOptions extends TransformOptions {
  readonly components: number;
  readonly init: NmfInit | null;
  /** The penalty of H, for each row of X. */
  readonly alphaH: number;
}

export interface Nmf extends Factors {
  /** [n,k] the factor W. */
  readonly transformed: Float64Array;
  /** The norm ‖X − WH‖, which is the root of the summed squares. */
  readonly error: number;
  readonly iterations: number;
  readonly converged: boolean;
}

/**
 * Fits X [n,p]. When `start` is given it replaces the start that `init` would choose.
 * @throws HeadgateError `invalid_argument` naming the first column with a negative number
 */
export async function nmf(
  x: Floats,
  n: number,
  p: number,
  options: NmfOptions,
  context: FitContext,
  start?: Factors,
): Promise<Nmf> {
  refuseNegative(x, p, "X");
  const { components: k, alphaW, alphaH, l1Ratio, randomState } = options;
  refuseTooLarge("parameters.n_components", "factors", Math.max(n, p), k);
  throwIfAborted(context);
  const samples = samplesOf(x, n, p);
  const from = start ?? (await startFactors(samples.x, n, p, k, options.init, randomState, context));
  const penalties: Penalties = {
    weights: { l1: p * alphaW * l1Ratio, l2: p * alphaW * (1 - l1Ratio) },
    parts: { l1: n * alphaH * l1Ratio, l2: n * alphaH * (1 - l1Ratio) },
  };
  const solve = options.solver === "cd" ? byDescent : byMultiplication;
  const rested = await solve(samples, from, penalties, options, context);
  const transformed = transpose(from.weights, k, n);
  return { ...from, transformed, ...rested, error: await distance(samples, from, context.kernels) };
}

export function samplesOf(x: Floats, n: number, p: number): NmfSamples {
  const rows = toFloat64(x);
  return { x: rows, flipped: transpose(rows, n, p), n, p };
}

/**
 * Refuses data with a negative number.
 * @throws HeadgateError `invalid_argument` naming the first column with a negative number
 */
export function refuseNegative(data: Floats, p: number, name: string): void {
  const at = data.findIndex((value) => value < 0);
  if (at < 0) return;
  const where = `column ${at % p} has ${data[at]} at row ${Math.floor(at / p)}`;
  throw invalidArgument(`inputs.${name}`, `${where}; every number must be at least 0 (counted from 0)`);
}

/** The number of iterations between two computations of the error. */
export const iterationsPerLook = 10;

/** Runs the multiplicative updates and overwrites the factors with the result. */
async function byMultiplication(
  samples: NmfSamples,
  factors: Factors,
  penalties: Penalties,
  { tolerance, iterationsMaximum }: NmfOptions,
  context: FitContext,
): Promise<Convergence> {
  const { n, p } = samples;
  const { k, weights, parts } = factors;
  const scratch = new Float64Array(Math.max(n, p));
  const first = await distance(samples, factors, context.kernels);
  let before = first;
  for (let iteration = 1; ; iteration++) {
    throwIfAborted(context);
    multiply(
      weights,
      n,
      await productsOfParts(samples, parts, k, context.kernels),
      penalties.weights,
      scratch,
      workReporterOf(context),
    );
    multiply(
      parts,
      p,
      await productsOfWeights(samples, weights, k, context.kernels),
      penalties.parts,
      scratch,
      workReporterOf(context),
    );
    if (tolerance > 0 && iteration % iterationsPerLook === 0) {
      const error = await distance(samples, factors, context.kernels);
      if ((before - error) / first < tolerance) return { iterations: iteration, converged: true };
      before = error;
    }
    if (iteration === iterationsMaximum) return { iterations: iteration, converged: false };
  }
}

/** The norm ‖X − WH‖ of what the factors leave unexplained. */
export async function distance(
  { x, n, p }: NmfSamples,
  { k, weights, parts }: Factors,
  kernels: Kernels,
): Promise<number> {
  const product = await kernels.matmul(transpose(weights, k, n), parts, n, k, p);
  let squares = 0;
  for (let at = 0; at < x.length; at++) squares += ((x[at] as number) - (product[at] as number)) ** 2;
  return Math.sqrt(squares);
}
