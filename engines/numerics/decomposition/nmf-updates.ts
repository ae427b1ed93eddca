/**
 * One update of a factor F [k,m], stored by component, from the products of the other factor. There are two rules:
 * coordinate descent (Cichocki and Phan 2009), which finds the exact minimum along one component at a time, and the
 * multiplicative rule (Lee and Seung 2001).
 */
import { ignoreWork, reportInPieces, type WorkReporter } from "../../kernels/index.js";

/**
 * The penalties that pull a factor towards zero: `l1` on the sum of its elements, `l2` on the sum of their squares.
 */
export interface Penalty {
  readonly l1: number;
  readonly l2: number;
}

/** The products of the other factor that an update reads. */
export interface Products {
  /** [k,k] the product of the other factor with itself. */
  readonly gram: Float64Array;
  /** [k,m] the product of the other factor with X. */
  readonly cross: ArrayLike<number>;
}

/**
 * Updates the components in the given order. Returns the violation, which is how far the gradient was from the
 * optimum. Adds the l2 penalty to the diagonal of `gram` in place; `gradient` [m] is working memory.
 */
export function descend(
  factor: Float64Array,
  m: number,
  { gram, cross }: Products,
  { l1, l2 }: Penalty,
  order: Int32Array,
  gradient: Float64Array,
  reportWork: WorkReporter = ignoreWork,
): number {
  const k = order.length;
  for (let c = 0; c < k; c++) gram[c * k + c] = (gram[c * k + c] as number) + l2;
  let violation = 0;
  for (const c of order) {
    const from = c * m;
    reportInPieces(reportWork, (k + 4) * m);
    for (let i = 0; i < m; i++) gradient[i] = l1 - (cross[from + i] as number);
    addCombination(gradient, factor, gram.subarray(c * k, (c + 1) * k), m);
    const slope = gram[c * k + c] as number;
    for (let i = 0; i < m; i++) {
      const value = factor[from + i] as number;
      const push = gradient[i] as number;
      // No element may become negative: at zero the gradient counts only when its step would increase the element.
      violation += value === 0 ? Math.max(0, -push) : Math.abs(push);
      if (slope !== 0) factor[from + i] = Math.max(value - push / slope, 0);
    }
  }
  return violation;
}

/** Computes out += Σ coefficients[r]·row r of `rows` [k,m], two rows at a time. */
function addCombination(out: Float64Array, rows: Float64Array, coefficients: Float64Array, m: number): void {
  const k = coefficients.length;
  const whole = k & ~1;
  for (let r = 0; r < whole; r += 2) {
    const a = r * m;
    const b = a + m;
    const fa = coefficients[r] as number;
    const fb = coefficients[r + 1] as number;
    for (let i = 0; i < m; i++) {
      out[i] = (out[i] as number) + fa * (rows[a + i] as number) + fb * (rows[b + i] as number);
    }
  }
  if (whole === k) return;
  const a = whole * m;
  const fa = coefficients[whole] as number;
  for (let i = 0; i < m; i++) out[i] = (out[i] as number) + fa * (rows[a + i] as number);
}

const denominatorLeast = 2 ** -23; // scikit-learn's value, the ε of float32

/**
 * Multiplies each element by `cross` divided by its denominator, which is gram·factor plus the penalties. `scratch`
 * has room for m numbers.
 */
export function multiply(
  factor: Float64Array,
  m: number,
  { gram, cross }: Products,
  { l1, l2 }: Penalty,
  scratch: Float64Array,
  reportWork: WorkReporter = ignoreWork,
): void {
  const k = factor.length / m;
  // All denominators are computed from the factor as it was before this update.
  const before = factor.slice();
  for (let c = 0, from = 0; c < k; c++, from += m) {
    reportInPieces(reportWork, (k + 4) * m);
    scratch.fill(0, 0, m);
    addCombination(scratch, before, gram.subarray(c * k, (c + 1) * k), m);
    for (let i = 0; i < m; i++) {
      const down = (scratch[i] as number) + l1 + l2 * (before[from + i] as number);
      factor[from + i] =
        (before[from + i] as number) * ((cross[from + i] as number) / (down || denominatorLeast));
    }
  }
}
