/**
 * The solver "full": the eigenvalues of the Gram matrix, which the kernels make fast, where they keep the digits
 * that are promised, and else the SVD of the data itself.
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

/** Smallest over largest eigenvalue down to which a Gram matrix keeps the digits that are promised. */
const spreadMinimum: Readonly<Record<Precision, number>> = { FP64: 1e-6, FP32: 1e-3 };

/** Outside of these bounds a sum of squares has lost small ones, or is near to overflowing. */
const keptSquares = { least: 1e-200, most: 1e300 } as const;

/**
 * Shorter over longer side from which the Gram matrix is not tried: even of independent columns the spread is then
 * ((1 − √r) / (1 + √r))² < 7e-4, and that of returns with a common factor a hundredth of it.
 */
const nearSquare = 0.9;

/**
 * Of centred X: all singular values and at least `wanted` vectors. At most min(n − 1, p) values are not zero, and
 * those must be exact.
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

/** By the Gram matrix of the shorter side, or null where the spread of its eigenvalues says that digits are lost. */
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

/** Right vectors of A [n,p] from left ones, rows [wanted,n], of which so many belong to values that are not zero. */
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
