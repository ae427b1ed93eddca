/**
 * Scores new rows under a fitted covariance, whichever estimator fitted it: scikit-learn's mahalanobis and score. It
 * is one factory, so that `ledoit_wolf.apply` and the others are one line each in the list of applications.
 */
import type { Floats, WorkReporter } from "../../kernels/index.js";
import { applicationSignature, readRows, requireAttributes } from "../attributes.js";
import { type Fit, type FitContext, type FitInputs, throwIfAborted, workReporterOf } from "../fit.js";
import { floatScalar, floatTensor, readFloats, readVector } from "../float-tensors.js";
import { cholesky } from "../linear-algebra/cholesky.js";
import { pseudoInverse } from "../linear-algebra/pseudo-inverse.js";
import { ParameterReader } from "../parameters.js";
import { floatOutput, optionalInput } from "../specs.js";
import { centreAt, centred } from "./column-moments.js";

export interface Gaussian {
  readonly p: number;
  /** [p] the mean. */
  readonly location: Float64Array;
  /** [p,p] the inverse of the covariance. */
  readonly precision: Float64Array;
}

export interface GaussianScores {
  /** [n] the squared Mahalanobis distance of each row. */
  readonly mahalanobis: Float64Array;
  /** The mean log-density of the rows; minus infinity when the precision is singular. */
  readonly score: number;
}

/**
 * Scores X [n,p]. With a precision P = LLᵀ the squared distance of a row is ‖Lᵀ(x − location)‖², which cannot be
 * negative. A singular P is multiplied without a factorisation.
 */
export async function gaussianScores(
  x: Floats,
  n: number,
  { p, location, precision }: Gaussian,
  context: FitContext,
): Promise<GaussianScores> {
  const about = centred(x, centreAt(location), n, p);
  const factor = regularFactor(precision, p, workReporterOf(context));
  throwIfAborted(context);
  const left = await context.kernels.matmul(about, factor ?? precision, n, p, p);
  const right = factor === null ? about : left;
  const mahalanobis = new Float64Array(n);
  for (let i = 0, at = 0; i < n; i++)
    for (let j = 0; j < p; j++, at++)
      mahalanobis[i] = (mahalanobis[i] as number) + (left[at] as number) * (right[at] as number);
  const mean = mahalanobis.reduce((sum, value) => sum + value / n, 0);
  return { mahalanobis, score: 0.5 * (logDeterminant(factor, p) - p * Math.log(2 * Math.PI) - mean) };
}

/**
 * A squared pivot of at most this many times p·ε of its diagonal element is zero but for rounding: the column is a
 * linear combination of the columns before it, and rounding alone decides whether the factorisation fails there.
 */
const digitsOfZero = 64;

/** The lower factor L of P = LLᵀ; null when P is singular. */
function regularFactor(precision: Float64Array, p: number, reportWork: WorkReporter): Float64Array | null {
  const factor = cholesky(precision, p, reportWork);
  const least = digitsOfZero * p * Number.EPSILON;
  for (let j = 0; factor !== null && j < p; j++) {
    const at = j * p + j;
    if (!((factor[at] as number) ** 2 > least * (precision[at] as number))) return null;
  }
  return factor;
}

/** The log-determinant of LLᵀ; minus infinity where there is no factor, as scikit-learn's fast_logdet. */
function logDeterminant(factor: Float64Array | null, p: number): number {
  if (factor === null) return Number.NEGATIVE_INFINITY;
  let sum = 0;
  for (let j = 0; j < p; j++) sum += 2 * Math.log(factor[j * p + j] as number);
  return sum;
}

/** The `.apply` of a covariance fit whose outputs are location, covariance and precision. */
export function covarianceApply(fit: string): Fit {
  const signature = applicationSignature({
    of: fit,
    kind: "apply",
    description: `Scores rows under the Gaussian of ${fit}, as scikit-learn's mahalanobis and score.`,
    attributes: [
      optionalInput("location", ["p"], "The location of the fit."),
      optionalInput(
        "covariance",
        ["p", "p"],
        "The covariance of the fit; needed when there is no precision.",
      ),
      optionalInput(
        "precision",
        ["p", "p"],
        "The precision of the fit; where it is absent, the covariance's pseudo-inverse is taken.",
      ),
    ],
    outputs: [
      floatOutput("mahalanobis", ["n"], "The squared Mahalanobis distance of each row."),
      floatOutput("score", [], "Mean log-likelihood of the rows; -infinity when the precision is singular."),
    ],
  });
  return {
    signature,
    async run(inputs, given, context) {
      new ParameterReader(signature, given);
      requireAttributes(inputs, ["location", ...(inputs.precision === undefined ? ["covariance"] : [])]);
      const { data, n, p, datatype } = readRows(inputs, inputs.location?.shape[0] ?? 0);
      throwIfAborted(context);
      const { mahalanobis, score } = await gaussianScores(
        data,
        n,
        readGaussian(inputs, p, workReporterOf(context)),
        context,
      );
      return {
        mahalanobis: floatTensor(datatype, [n], mahalanobis),
        score: floatScalar(datatype, score),
      };
    },
  };
}

function readGaussian(inputs: FitInputs, p: number, reportWork: WorkReporter): Gaussian {
  const location = readVector(inputs, "location", p) ?? new Float64Array(p);
  const precision =
    inputs.precision === undefined
      ? pseudoInverse(readFloats(inputs, "covariance", [p, p]), p, reportWork)
      : readFloats(inputs, "precision", [p, p]);
  return { p, location, precision };
}
