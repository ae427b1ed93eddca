/**
 * Factorisation of a non-negative matrix into non-negative parts, as scikit-learn's NMF with the Frobenius
 * loss: its starts, penalties and stopping rules. Both factors are kept by components, so that each inner
 * loop runs along a row of memory.
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

/** How W is drawn and when it rests: all that a transform with H held needs. */
export interface TransformOptions {
  readonly solver: "cd" | "mu";
  /** cd: share of the first violation, mu: of the first error, at which it ends. */
  readonly tolerance: number;
  readonly iterationsMaximum: number;
  /** Penalty of W per column of X. */
  readonly alphaW: number;
  /** The share of the penalties that goes by sums rather than squares. */
  readonly l1Ratio: number;
  /** Whether coordinate descent takes the components in random order. */
  readonly shuffle: boolean;
  readonly randomState: number;
}

export interface NmfOptions extends TransformOptions {
  readonly components: number;
  readonly init: NmfInit | null;
  /** Penalty of H per row of X. */
  readonly alphaH: number;
}

export interface Nmf extends Factors {
  /** [n,k] W. */
  readonly transformed: Float64Array;
  /** ‖X − WH‖, the root of the summed squares. */
  readonly error: number;
  readonly iterations: number;
  readonly converged: boolean;
}

/**
 * Fits X [n,p]; `start` takes the place of `init`.
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

/** @throws HeadgateError `invalid_argument` naming the first column with a negative number */
export function refuseNegative(data: Floats, p: number, name: string): void {
  const at = data.findIndex((value) => value < 0);
  if (at < 0) return;
  const where = `column ${at % p} has ${data[at]} at row ${Math.floor(at / p)}`;
  throw invalidArgument(`inputs.${name}`, `${where}; every number must be at least 0 (counted from 0)`);
}

/** Iterations between two looks at the error. */
export const iterationsPerLook = 10;

/** Multiplies the factors in place. */
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

/** ‖X − WH‖. */
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
