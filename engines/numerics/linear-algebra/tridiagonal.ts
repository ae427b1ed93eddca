/**
 * Householder's reduction of a symmetric matrix to a tridiagonal one, for row-major memory: the symmetric product
 * reads each row of the lower triangle once, and each reflector is stored in the row whose elements it made zero.
 * Source: Martin, Reinsch and Wilkinson 1968 (EISPACK tred2).
 */
import { ignoreWork, reportInPieces, type WorkReporter } from "../../kernels/index.js";

export interface Tridiagonal {
  /** [n] the diagonal of the tridiagonal matrix. */
  readonly diagonal: Float64Array;
  /** [n] element i is between diagonal elements i − 1 and i; the first is 0. */
  readonly offDiagonal: Float64Array;
  /** [n] the factor β of each row's reflector; 0 where the row needed none. */
  readonly betas: Float64Array;
}

/** A sum of squares below this has lost digits to underflow, and is negligible beside elements of size 1. */
const negligibleSquares = 1e-280;

/**
 * Reduces the matrix in the lower triangle of `a`, whose largest element is of size 1, to T = QᵀAQ, from the last row
 * to the first. Afterwards row i of `a` holds, before its diagonal element, the Householder vector v of the reflector
 * I − β·v·vᵀ that made the row's elements zero.
 */
export function tridiagonalise(
  a: Float64Array,
  n: number,
  reportWork: WorkReporter = ignoreWork,
): Tridiagonal {
  const diagonal = new Float64Array(n);
  const offDiagonal = new Float64Array(n);
  const betas = new Float64Array(n);
  const product = new Float64Array(n);
  for (let i = n - 1; i > 0; i--) {
    reportInPieces(reportWork, 2 * i * i);
    const row = i * n;
    const pivot = a[row + i - 1] as number;
    let rest = 0;
    for (let k = 0; k < i - 1; k++) rest += (a[row + k] as number) ** 2;
    diagonal[i] = a[row + i] as number;
    if (rest < negligibleSquares) {
      offDiagonal[i] = pivot;
      continue;
    }
    const norm = Math.sqrt(pivot * pivot + rest);
    const image = pivot > 0 ? -norm : norm;
    const head = pivot - image;
    const beta = -head / image;
    for (let k = 0; k < i - 1; k++) a[row + k] = (a[row + k] as number) / head;
    a[row + i - 1] = 1;
    offDiagonal[i] = image;
    betas[i] = beta;
    symmetricProduct(a, row, product, i, n);
    rankTwoUpdate(a, row, product, beta, i, n);
  }
  diagonal[0] = a[0] as number;
  return { diagonal, offDiagonal, betas };
}

/** product = A·v over the leading i×i block, read from its lower triangle; v begins at index `row` of `a`. */
function symmetricProduct(a: Float64Array, row: number, product: Float64Array, i: number, n: number): void {
  for (let j = 0; j < i; j++) {
    const at = j * n;
    const vj = a[row + j] as number;
    let sum = 0;
    for (let k = 0; k < j; k++) {
      const value = a[at + k] as number;
      sum += value * (a[row + k] as number);
      product[k] = (product[k] as number) + value * vj;
    }
    product[j] = sum + (a[at + j] as number) * vj;
  }
}

/** A ← (I − βvvᵀ)A(I − βvvᵀ) over the leading block, as A − v·wᵀ − w·vᵀ. */
function rankTwoUpdate(
  a: Float64Array,
  row: number,
  product: Float64Array,
  beta: number,
  i: number,
  n: number,
): void {
  let inner = 0;
  for (let k = 0; k < i; k++) inner += (product[k] as number) * (a[row + k] as number);
  const half = (beta * beta * inner) / 2;
  for (let k = 0; k < i; k++) product[k] = beta * (product[k] as number) - half * (a[row + k] as number);
  for (let j = 0; j < i; j++) {
    const at = j * n;
    const vj = a[row + j] as number;
    const wj = product[j] as number;
    for (let k = 0; k <= j; k++) {
      a[at + k] = (a[at + k] as number) - vj * (product[k] as number) - wj * (a[row + k] as number);
    }
  }
}

/**
 * Computes Qᵀ [n,n] by applying the reflectors from the first row's to the last row's: in this order reflector i
 * changes only the leading i×i block.
 */
export function transposedBasis(
  a: Float64Array,
  betas: Float64Array,
  n: number,
  reportWork: WorkReporter = ignoreWork,
): Float64Array {
  const basis = identity(n);
  for (let i = 1; i < n; i++) {
    const beta = betas[i] as number;
    if (beta === 0) continue;
    const row = i * n;
    reportInPieces(reportWork, 2 * i * i);
    for (let r = 0; r < i; r++) {
      const at = r * n;
      let sum = 0;
      for (let k = 0; k < i; k++) sum += (basis[at + k] as number) * (a[row + k] as number);
      const factor = beta * sum;
      for (let k = 0; k < i; k++) basis[at + k] = (basis[at + k] as number) - factor * (a[row + k] as number);
    }
  }
  return basis;
}

/** The identity matrix [n,n]. */
export function identity(n: number): Float64Array {
  const out = new Float64Array(n * n);
  for (let i = 0; i < n; i++) out[i * n + i] = 1;
  return out;
}
