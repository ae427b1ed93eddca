/**
 * The eigenproblem of a diagonal matrix plus a rank-one matrix, D + ρzzᵀ, which divide and conquer solves in each
 * join. Each root of the secular equation is computed as its distance from the nearest pole, by the rational
 * interpolation of Bunch, Nielsen and Sorensen inside a bracket. The vectors are those of a nearby matrix that has
 * exactly the computed roots, and are therefore orthogonal to the last bits however close the roots are. Sources: Li
 * 1993 (LAPACK working note 89); Gu and Eisenstat 1994.
 */

export interface SecularEigen {
  /** [k] the eigenvalues, ascending. */
  readonly values: Float64Array;
  /** [count,k] one unit vector a row, of the `count` largest values; in the coordinates of D. */
  readonly vectors: Float64Array;
}

/**
 * Computes all eigenvalues of D + ρzzᵀ and the eigenvectors of the `count` largest.
 * @param d [k] the diagonal of D, ascending, all different
 * @param z [k] no element is zero
 * @param rho the factor ρ, above 0
 */
export function secularEigen(d: Float64Array, z: Float64Array, rho: number, count: number): SecularEigen {
  const k = d.length;
  const values = new Float64Array(k);
  const apart = new Float64Array(k * k); // row i: d_j − λ_i, to full relative accuracy
  const delta = new Float64Array(k);
  const weights = z.map((value) => rho * value * value);
  const reach = weights.reduce((sum, value) => sum + value, 0);
  for (let i = 0; i < k; i++) {
    const { origin, offset } = root(d, weights, delta, reach, i);
    const base = d[origin] as number;
    values[i] = base + offset;
    for (let j = 0; j < k; j++) apart[i * k + j] = (d[j] as number) - base - offset;
  }
  return { values, vectors: vectorsOf(d, nearbyWeights(d, z, apart), apart, count) };
}

/** More steps than bisection alone would need; the interpolation needs about five. */
const stepsMaximum = 200;

/**
 * Root i of the secular equation: the index of the pole nearest to it, and its distance from that pole. Overwrites
 * `delta` with d − d[origin].
 */
function root(d: Float64Array, weights: Float64Array, delta: Float64Array, reach: number, i: number) {
  const k = d.length;
  const last = i === k - 1;
  const left = d[i] as number;
  const gap = last ? reach : (d[i + 1] as number) - left;
  const origin = !last && valueAt(d, weights, left, gap / 2) < 0 ? i + 1 : i;
  if (k === 1) return { origin, offset: reach };
  const base = d[origin] as number;
  for (let j = 0; j < k; j++) delta[j] = (d[j] as number) - base;
  let low = origin === i ? 0 : -gap / 2;
  let high = origin === i ? (last ? gap : gap / 2) : 0;
  let offset = last ? gap / 2 : origin === i ? gap / 4 : -gap / 4;
  const split = last ? k - 2 : i; // the poles up to this index count as left of the root
  const near = Math.max(0, split);
  const far = Math.min(k - 1, near + 1);
  for (let step = 0; step < stepsMaximum; step++) {
    let leftSum = 0;
    let leftSlope = 0;
    for (let j = 0; j <= split; j++) {
      const inverse = 1 / ((delta[j] as number) - offset);
      const term = (weights[j] as number) * inverse;
      leftSum += term;
      leftSlope += term * inverse;
    }
    let rightSum = 0;
    let rightSlope = 0;
    for (let j = split + 1; j < k; j++) {
      const inverse = 1 / ((delta[j] as number) - offset);
      const term = (weights[j] as number) * inverse;
      rightSum += term;
      rightSlope += term * inverse;
    }
    const value = 1 + leftSum + rightSum;
    const error = Number.EPSILON * (1 + 8 * (Math.abs(leftSum) + Math.abs(rightSum)));
    if (Math.abs(value) <= error) break;
    if (value < 0) low = offset;
    else high = offset;
    const toNear = (delta[near] as number) - offset;
    const toFar = (delta[far] as number) - offset;
    const c = value - toNear * leftSlope - toFar * rightSlope;
    const a = (toNear + toFar) * value - toNear * toFar * (leftSlope + rightSlope);
    const b = toNear * toFar * value;
    let next = offset + interpolated(last ? Math.abs(c) : c, a, b, last);
    if (!(next > low && next < high)) next = (low + high) / 2;
    if (next === offset || next === low || next === high) break;
    offset = next;
  }
  return { origin, offset };
}

/**
 * The step η to the root of c + s/(Δ₁ − η) + S/(Δ₂ − η), by the form of the quadratic formula that has no
 * cancellation.
 */
function interpolated(c: number, a: number, b: number, last: boolean): number {
  const radical = Math.sqrt(Math.abs(a * a - 4 * b * c));
  if (last) return a >= 0 ? (a + radical) / (2 * c) : (2 * b) / (a - radical);
  return a <= 0 ? (a - radical) / (2 * c) : (2 * b) / (a + radical);
}

function valueAt(d: Float64Array, weights: Float64Array, left: number, offset: number): number {
  let value = 1;
  for (let j = 0; j < d.length; j++) value += (weights[j] as number) / ((d[j] as number) - left - offset);
  return value;
}

/**
 * Löwner's formula: the vector z for which the computed roots solve the secular equation exactly, up to a common
 * factor.
 */
function nearbyWeights(d: Float64Array, z: Float64Array, apart: Float64Array): Float64Array {
  const k = d.length;
  const products = Float64Array.from({ length: k }, (_, j) => -(apart[j * k + j] as number));
  for (let i = 0; i < k; i++) {
    const di = d[i] as number;
    const row = i * k;
    for (let j = 0; j < i; j++)
      products[j] = ((products[j] as number) * (apart[row + j] as number)) / ((d[j] as number) - di);
    for (let j = i + 1; j < k; j++)
      products[j] = ((products[j] as number) * (apart[row + j] as number)) / ((d[j] as number) - di);
  }
  return products.map((product, j) => Math.sign(z[j] as number) * Math.sqrt(Math.abs(product)));
}

function vectorsOf(d: Float64Array, z: Float64Array, apart: Float64Array, count: number): Float64Array {
  const k = d.length;
  const vectors = new Float64Array(count * k);
  for (let r = 0; r < count; r++) {
    const from = (k - count + r) * k;
    let squares = 0;
    for (let j = 0; j < k; j++) {
      const value = (z[j] as number) / (apart[from + j] as number);
      vectors[r * k + j] = value;
      squares += value * value;
    }
    const scale = 1 / Math.sqrt(squares);
    for (let j = 0; j < k; j++) vectors[r * k + j] = (vectors[r * k + j] as number) * scale;
  }
  return vectors;
}
