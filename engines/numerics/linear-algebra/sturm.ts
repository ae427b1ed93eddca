/** How many eigenvalues lie below a number, by the signs of a factorisation: n steps instead of n³. */

/** Stands for a pivot of zero, and is far enough from it that dividing by it is finite. */
const smallestPivot = 1e-150;

/**
 * Of the symmetric tridiagonal matrix with `diagonal` [n], and `off` [n] whose element i stands between diagonal
 * i − 1 and i. Source: Barth, Martin and Wilkinson 1967.
 */
export function eigenvaluesBelow(diagonal: Float64Array, off: Float64Array, bound: number): number {
  let below = 0;
  let pivot = 1;
  for (let i = 0; i < diagonal.length; i++) {
    const coupling = i === 0 ? 0 : (off[i] as number);
    pivot = (diagonal[i] as number) - bound - (coupling * coupling) / pivot;
    if (pivot === 0) pivot = -smallestPivot;
    if (pivot < 0) below++;
  }
  return below;
}
