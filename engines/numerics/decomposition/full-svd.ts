/**
 * PCA's solver "full": takes the eigenvalues of the Gram matrix, which the kernels compute fast, where these keep the
 * promised digits, and otherwise the SVD of the data itself.
 */
import type { Precision } from "../../kernels/index.js";
import { centred } from "../covariance/column-moments.js";
import { trace } from "../covariance/covariance.js";
import { type FitContext, throwIfAborted, workReporterOf } from "../fit.js";
import { toFloat64 } from "../float-tensors.js";
import { eigenUnless, factorKernels } from "../linear-algebra/dense-eigen.js";
import { denseRightSvd } from "../linear-algebra/dense-svd.js";
import { completeRows } from "../linear-algebra/orthonormal-rows.js";
import { eigenvaluesBelow } from "../linear-algebra/sturm.js";
import type { RightSvd } from "../linear-algebra/svd.js";
import type { UncentredSamples } from "./randomized-svd.js";

/** The least ratio of the smallest to the largest eigenvalue at which a Gram matrix keeps the promised digits. */
const spreadMinimum: Readonly<Record<Precision, number>> = { FP64: 1e-6, FP32: 1e-3 };

/**
 * Bounds of the sum of squares. Below the least, small squares have vanished; above the most, sums are near to
 * overflowing.
 */
const keptSquares = { least: 1e-200, most: 1e300 } as const;

/**
 * The ratio r of the shorter to the longer side above which the Gram matrix is not tried. Even for independent
 * columns the ratio of its smallest to its largest eigenvalue is then ((1 − √r) / (1 + √r))² < 7e-4, and for returns
 * with a common factor a hundredth of that.
 */
const nearSquare = 0.9;

/**
 * All singular values and at least `wanted` right vectors of X less its centre. At most min(n − 1, p) of the values
 * are not zero, and those must be exact.
 */
export async function fullSvd(
  samples: UncentredSamples,
  wanted: number,
  context: FitContext,
): Promise<RightSvd> {
  const { x, n, p, centre } = samples;
  const short = Math.min(n, p) / Math.max(n, p);
  const found = short > nearSquare ? null : await gramSvd(samples, wanted, context);
  if (found !== null) return found;
  throwIfAborted(context);
  return denseRightSvd(
    centred(x, centre, n, p),
    n,
    p,
    factorKernels(context),
    wanted,
    workReporterOf(context),
  );
}

/**
 * The SVD from the Gram matrix of the shorter side; null where the spread of its eigenvalues shows that digits are
 * lost.
 */
async function gramSvd(
  { x, n, p, centre }: UncentredSamples,
  wanted: number,
  context: FitContext,
): Promise<RightSvd | null> {
  const { kernels } = context;
  const size = Math.min(n, p);
  const about = n < p ? centred(x, centre, n, p) : null;
  const gram = await (about === null
    ? kernels.centredGram(x, n, p, centre)
    : kernels.matmulTransposed(about, about, n, p, n));
  throwIfAborted(context);
  const squares = trace(toFloat64(gram), size);
  const { least, most } = keptSquares;
  if (!(squares > least && squares < most)) return null;
  const rank = Math.min(n - 1, p);
  const spread = spreadMinimum[kernels.precision];
  const surelyLost = (diagonal: Float64Array, off: Float64Array) =>
    eigenvaluesBelow(diagonal, off, spread * diagonal.reduce((a, b) => Math.max(a, b))) > size - rank;
  const exact = factorKernels(context);
  const found = await eigenUnless(surelyLost, toFloat64(gram), size, exact, wanted, workReporterOf(context));
  if (found === null) return null;
  const { values, vectors } = found;
  if (!((values[rank - 1] as number) / (values[0] as number) > spread)) return null;
  throwIfAborted(context);
  const singularValues = values.map((value, i) => (i < rank ? Math.sqrt(value) : 0));
  if (about !== null) return otherSide(singularValues, vectors, about, Math.min(rank, wanted), context);
  vectors.fill(0, rank * p);
  completeRows(vectors, wanted, p, workReporterOf(context));
  return { singularValues, vectors };
}

/**
 * Computes the right singular vectors of A [n,p] from the left ones, the rows of `left` [wanted,n]. The first `found`
 * of them belong to singular values that are not zero; the others are filled in as orthonormal rows.
 */
async function otherSide(
  singularValues: Float64Array,
  left: Float64Array,
  a: Float64Array,
  found: number,
  context: FitContext,
): Promise<RightSvd> {
  const n = singularValues.length;
  const p = a.length / n;
  const wanted = left.length / n;
  const right = toFloat64(await context.kernels.matmul(left, a, wanted, n, p)).slice();
  right.fill(0, found * p);
  for (let i = 0; i < found; i++) {
    const scale = singularValues[i] as number;
    for (let at = i * p; at < i * p + p; at++) right[at] = (right[at] as number) / scale;
  }
  completeRows(right, wanted, p, workReporterOf(context));
  return { singularValues, vectors: right };
}
