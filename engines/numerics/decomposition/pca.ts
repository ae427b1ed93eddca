/** Principal components as in scikit-learn's PCA: the same choice of solver, signs and attributes. */
import { invalidArgument } from "../../../protocol/errors.js";
import type { Floats, WorkReporter } from "../../kernels/index.js";
import { centreAndGram, columnCentre } from "../covariance/column-moments.js";
import { type FitContext, reportPasses, throwIfAborted, workReporterOf } from "../fit.js";
import { refuseTooLarge, toFloat64 } from "../float-tensors.js";
import { eigen, factorKernels } from "../linear-algebra/dense-eigen.js";
import { dividedBy, unitOf } from "../linear-algebra/power-of-two.js";
import type { RightSvd } from "../linear-algebra/svd.js";
import { fullSvd } from "./full-svd.js";
import { minkaDimension } from "./minka-dimension.js";
import { randomizedRightSvd } from "./randomized-svd.js";

export type PcaSolver = "full" | "covariance_eigh" | "randomized";

export interface PcaOptions {
  /**
   * How many components to keep: an integer for so many; a number between 0 and 1 for enough to pass that share of
   * the variance; "mle" for Minka's estimate; null for all.
   */
  readonly components: number | "mle" | null;
  readonly solver: "auto" | PcaSolver;
  readonly iteratedPower: number | null;
  readonly oversamples: number;
  readonly randomState: number;
}

export interface Pca {
  /** [k,p] one component in each row, its largest loading positive. */
  readonly components: Float64Array;
  /** [k] the variance along each component, with the divisor n − 1. */
  readonly explainedVariance: Float64Array;
  /** [k] each component's share of the total variance; zeros when the total is zero. */
  readonly explainedVarianceRatio: Float64Array;
  /** [k] */
  readonly singularValues: Float64Array;
  /** [p] */
  readonly mean: Float64Array;
  /** The mean variance along the components that were not kept; 0 when all were kept. */
  readonly noiseVariance: number;
}

/** The solver that "auto" chooses, from the shape of X and the number of components requested. */
export function chooseSolver(n: number, p: number, components: PcaOptions["components"]): PcaSolver {
  if (p <= 1000 && n >= 10 * p) return "covariance_eigh";
  if (Math.max(n, p) <= 500 || components === "mle") return "full";
  const asked = components ?? Math.min(n, p);
  return asked >= 1 && asked < 0.8 * Math.min(n, p) ? "randomized" : "full";
}

/**
 * Fits X [n,p]; numbers whose squares would overflow or vanish are scaled first.
 * @param squares the sum of the squares of X, where it is known
 * @throws HeadgateError `invalid_argument` for fewer than two rows or components out of bounds
 */
export async function pca(
  x: Floats,
  n: number,
  p: number,
  options: PcaOptions,
  context: FitContext,
  squares?: number,
): Promise<Pca> {
  reportPasses(context, 1, n * p);
  const unit = unitOf(x, context.kernels.precision, squares);
  if (unit === 1) return fitted(x, n, p, options, context);
  const own = await fitted(dividedBy(x, unit), n, p, options, context, unit);
  return {
    ...own,
    explainedVariance: own.explainedVariance.map((value) => value * unit * unit),
    singularValues: own.singularValues.map((value) => value * unit),
    mean: own.mean.map((value) => value * unit),
    noiseVariance: own.noiseVariance * unit * unit,
  };
}

async function fitted(
  x: Floats,
  n: number,
  p: number,
  options: PcaOptions,
  context: FitContext,
  unit = 1,
): Promise<Pca> {
  if (n < 2) throw invalidArgument("inputs.X", "1 row has no variance; at least 2 are needed");
  const solver = options.solver === "auto" ? chooseSolver(n, p, options.components) : options.solver;
  refuseComponents(options.components, solver, n, p);
  const gramSize = solver === "full" ? Math.min(n, p) : p;
  if (solver !== "randomized") refuseTooLarge("inputs.X", "the Gram matrix", gramSize, gramSize);
  const wanted = vectorsWanted(options.components, n, p);
  if (solver === "covariance_eigh") {
    throwIfAborted(context);
    const { centre, gram } = await centreAndGram(x, n, p, context.kernels);
    const svd = await covarianceEigen(gram, p, wanted, context);
    return ofAllVariances(svd, centre.mean, n, p, options, context, unit);
  }
  const centre = columnCentre(x, n, p);
  const { mean } = centre;
  throwIfAborted(context);
  if (solver === "randomized") {
    const components = Number(options.components ?? Math.min(n, p));
    const svd = await randomizedRightSvd({ x, n, p, centre }, { ...options, components }, context);
    return summarise(svd, mean, svd.squares / (n - 1), components, n, p);
  }
  const svd = await fullSvd({ x, n, p, centre }, wanted, context);
  return ofAllVariances(svd, mean, n, p, options, context, unit);
}

/** The answer of a solver that found all variances, by which the number of components may be chosen. */
function ofAllVariances(
  svd: RightSvd,
  mean: Float64Array,
  n: number,
  p: number,
  options: PcaOptions,
  context: FitContext,
  unit: number,
): Pca {
  const variances = svd.singularValues.map((value) => value ** 2 / (n - 1));
  const total = variances.reduce((sum, value) => sum + value, 0);
  return summarise(
    svd,
    mean,
    total,
    componentCount(options.components, variances, total, n, p, workReporterOf(context), Math.min(1, unit)),
    n,
    p,
  );
}

/**
 * The number of vectors that may be needed. The share of variance and "mle" need the variances first, so for them all
 * vectors are computed.
 */
function vectorsWanted(components: PcaOptions["components"], n: number, p: number): number {
  return typeof components === "number" && components >= 1 ? components : Math.min(n, p);
}

function refuseComponents(
  components: PcaOptions["components"],
  solver: PcaSolver,
  n: number,
  p: number,
): void {
  const field = "parameters.n_components";
  if (components === "mle") {
    if (solver === "randomized")
      throw invalidArgument(field, '"mle" needs all components; not for randomized');
    if (n < p) throw invalidArgument(field, `"mle" needs n >= p, got ${n} rows and ${p} columns`);
    return;
  }
  if (components === null) return;
  const most = Math.min(n, p);
  const least = solver === "randomized" ? 1 : 0;
  if (components < least || components > most) {
    throw invalidArgument(field, `${components} is not between ${least} and min(n, p) = ${most}`);
  }
}

/**
 * The square roots of the eigenvalues of the centred XᵀX [p,p], and its eigenvectors. Eigenvalues that rounding made
 * negative count as zero.
 */
export async function covarianceEigen(
  gram: Floats,
  p: number,
  wanted: number,
  context: FitContext,
): Promise<RightSvd> {
  const { values, vectors } = await eigen(
    toFloat64(gram),
    p,
    factorKernels(context),
    wanted,
    workReporterOf(context),
  );
  return { singularValues: values.map((value) => Math.sqrt(Math.max(0, value))), vectors };
}

/**
 * The number of components to keep, given the variances, largest first. For a share, it is the first number whose
 * variances sum to more than that share of the total.
 * @param unit what the data were divided by: Minka's choice, like scikit-learn's, treats an original variance below
 * 1e-15 as zero, so the variances are scaled back for it
 */
export function componentCount(
  asked: PcaOptions["components"],
  variances: Float64Array,
  total: number,
  n: number,
  p: number,
  reportWork: WorkReporter,
  unit = 1,
): number {
  if (asked === null) return Math.min(n, p);
  if (asked === "mle")
    return minkaDimension(
      variances.map((value) => value * unit * unit),
      n,
      reportWork,
    );
  if (asked === 0 || asked >= 1) return asked;
  let reached = 0;
  let count = 0;
  while (count < variances.length && reached <= asked * total) reached += variances[count++] as number;
  return count;
}

function summarise(svd: RightSvd, mean: Float64Array, total: number, k: number, n: number, p: number): Pca {
  const variances = svd.singularValues.map((value) => value ** 2 / (n - 1));
  const kept = variances.slice(0, k);
  const components = svd.vectors.slice(0, k * p);
  flipSigns(components, k, p);
  const most = Math.min(n, p);
  const keptTotal = kept.reduce((sum, value) => sum + value, 0);
  // A full solver gives all variances, so those left out are summed directly, without cancellation.
  const left =
    variances.length > k ? variances.subarray(k).reduce((sum, value) => sum + value, 0) : total - keptTotal;
  return {
    components,
    explainedVariance: kept,
    explainedVarianceRatio: kept.map((value) => (total > 0 ? value / total : 0)),
    singularValues: svd.singularValues.slice(0, k),
    mean,
    noiseVariance: k < most ? left / ((variances.length > k ? variances.length : most) - k) : 0,
  };
}

/**
 * The signs of scikit-learn's svd_flip(u_based_decision=False): in each component the first of the loadings with the
 * largest absolute value is made positive.
 */
function flipSigns(components: Float64Array, k: number, p: number): void {
  for (let i = 0; i < k; i++) {
    const row = components.subarray(i * p, i * p + p);
    let largest = 0;
    for (let j = 0; j < p; j++)
      if (Math.abs(row[j] as number) > Math.abs(largest)) largest = row[j] as number;
    if (largest < 0) for (let j = 0; j < p; j++) row[j] = -(row[j] as number);
  }
}
