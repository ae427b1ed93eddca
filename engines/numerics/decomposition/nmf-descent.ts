/**
 * Coordinate descent for NMF, which updates W and H in turn. Small problems run entirely in compiled loops: a product
 * of 252x50 by 5 parts takes 10 µs there, and 29 µs in ONNX Runtime. For larger problems the kernels compute the
 * products.
 */
import { CompiledDescent } from "../../kernels/compiled/descent.js";
import { type FitContext, throwIfAborted, workReporterOf } from "../fit.js";
import { factorKernels } from "../linear-algebra/dense-eigen.js";
import { RandomState } from "../random/random.js";
import { type NmfSamples, productsOfParts, productsOfWeights } from "./nmf-products.js";
import type { Factors } from "./nmf-start.js";
import { descend, type Penalty } from "./nmf-updates.js";

export interface Penalties {
  readonly weights: Penalty;
  readonly parts: Penalty;
}

export interface Convergence {
  readonly iterations: number;
  readonly converged: boolean;
}

export interface DescentOptions {
  /** Descent stops when the violation is at most this share of the first iteration's violation. */
  readonly tolerance: number;
  readonly iterationsMaximum: number;
  /** Whether each iteration updates the components in a random order. */
  readonly shuffle: boolean;
  readonly randomState: number;
}

/**
 * The two steps of an iteration. Each returns its violation, which is how far the gradient of its factor was from the
 * optimum.
 */
interface Descent {
  inWeights(order: Int32Array): Promise<number>;
  inParts(order: Int32Array): Promise<number>;
  /** Called once, at the end. Afterwards the caller's arrays hold the factors. */
  finish(): void;
}

/** The most multiply-adds of a product at which the compiled loops are faster than a call of ONNX Runtime. */
const compiledWorkMaximum = 400_000;

/** Runs coordinate descent and overwrites the factors with the result. */
export async function byDescent(
  samples: NmfSamples,
  factors: Factors,
  penalties: Penalties,
  { tolerance, iterationsMaximum, shuffle, randomState }: DescentOptions,
  context: FitContext,
): Promise<Convergence> {
  const { k } = factors;
  const random = new RandomState(randomState);
  const inOrder = Int32Array.from({ length: k }, (_, c) => c);
  const order = () => (shuffle ? random.permutation(k) : inOrder);
  const reportWork = workReporterOf(context);
  const small = samples.n * samples.p * k <= compiledWorkMaximum;
  const open = small && factorKernels(context) !== null ? compiled : overKernels;
  const descent = open(samples, factors, penalties, context);
  try {
    for (let iteration = 1, first = 0; ; iteration++) {
      throwIfAborted(context);
      if (small) reportWork(2 * samples.n * samples.p * k);
      const violation = (await descent.inWeights(order())) + (await descent.inParts(order()));
      if (iteration === 1) first = violation;
      const converged = first === 0 || violation / first <= tolerance;
      if (converged || iteration === iterationsMaximum) return { iterations: iteration, converged };
    }
  } finally {
    descent.finish();
  }
}

function compiled({ x, n, p }: NmfSamples, { k, weights, parts }: Factors, penalties: Penalties): Descent {
  const held = new CompiledDescent(x, n, p, k, weights, parts);
  const { weights: ofWeights, parts: ofParts } = penalties;
  return {
    inWeights: async (order) => held.descendInWeights(ofWeights.l1, ofWeights.l2, order),
    inParts: async (order) => held.descendInParts(ofParts.l1, ofParts.l2, order),
    finish: () => {
      held.read(weights, parts);
      held.release();
    },
  };
}

function overKernels(
  samples: NmfSamples,
  { k, weights, parts }: Factors,
  penalties: Penalties,
  context: FitContext,
): Descent {
  const { kernels } = context;
  const reportWork = workReporterOf(context);
  const { n, p } = samples;
  const gradient = new Float64Array(Math.max(n, p));
  return {
    inWeights: async (order) =>
      descend(
        weights,
        n,
        await productsOfParts(samples, parts, k, kernels),
        penalties.weights,
        order,
        gradient,
        reportWork,
      ),
    inParts: async (order) =>
      descend(
        parts,
        p,
        await productsOfWeights(samples, weights, k, kernels),
        penalties.parts,
        order,
        gradient,
        reportWork,
      ),
    finish: () => {},
  };
}
