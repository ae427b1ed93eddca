/** The results of an expectation step. The next step writes into the same arrays. */
export interface Expectation {
  /** [n,k] forward only. */
  readonly filtered: Float64Array;
  /** [n,k] forward and backward. */
  readonly smoothed: Float64Array;
  /** [n,k] filtered over predicted probability. */
  readonly weights: Float64Array;
  /** [k,k] expected transitions. */
  readonly transitions: Float64Array;
}

export function allocateExpectation(n: number, k: number): Expectation {
  const rows = () => new Float64Array(n * k);
  return { filtered: rows(), smoothed: rows(), weights: rows(), transitions: new Float64Array(k * k) };
}
