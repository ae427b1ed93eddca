/**
 * Counts the eigenvalues below a number from the signs of the pivots of a factorisation, in n steps instead of n³.
 */

/** The magnitude of the number that replaces a pivot of zero, so that dividing by it does not overflow. */
const smallestPivot = 1e-150;

/**
 * How many eigenvalues below `bound` the symmetric tridiagonal matrix has with `diagonal` [n] and `off` [n], whose
 * element i is between diagonal elements i − 1 and i. Source: Barth, Martin and Wilkinson 1967.
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
