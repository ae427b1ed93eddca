/**
 * The Cholesky factorisation and the inverses computed from it, in float64. Source: Golub and Van Loan, section 4.2.
 */
import { ignoreWork, type WorkReporter } from "../../kernels/index.js";

/** The lower factor L [n,n] with A = LLᵀ; null when A is not positive definite. Reads A's lower triangle. */
export function cholesky(
  a: Float64Array,
  n: number,
  reportWork: WorkReporter = ignoreWork,
): Float64Array | null {
  const l = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    reportWork((i * i) / 2 + 1);
    for (let j = 0; j <= i; j++) {
      let sum = a[i * n + j] as number;
      for (let k = 0; k < j; k++) sum -= (l[i * n + k] as number) * (l[j * n + k] as number);
      if (i === j && !(sum > 0)) return null;
      l[i * n + j] = i === j ? Math.sqrt(sum) : sum / (l[j * n + j] as number);
    }
  }
  return l;
}

/** The inverse L⁻¹ [n,n] of a lower triangular L. */
export function invertLower(l: Float64Array, n: number, reportWork: WorkReporter = ignoreWork): Float64Array {
  const inverse = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    reportWork((i * i) / 2 + 1);
    const pivot = 1 / (l[i * n + i] as number);
    inverse[i * n + i] = pivot;
    for (let k = 0; k < i; k++) {
      const factor = (l[i * n + k] as number) * pivot;
      if (factor === 0) continue;
      for (let j = 0; j <= k; j++) {
        inverse[i * n + j] = (inverse[i * n + j] as number) - factor * (inverse[k * n + j] as number);
      }
    }
  }
  return inverse;
}

/** The inverse A⁻¹ = L⁻ᵀL⁻¹ [n,n] of A = LLᵀ, symmetric to the last bit. */
export function inverseFromFactor(
  l: Float64Array,
  n: number,
  reportWork: WorkReporter = ignoreWork,
): Float64Array {
  const lower = invertLower(l, n, reportWork);
  const inverse = new Float64Array(n * n);
  for (let k = 0; k < n; k++) {
    reportWork((k * k) / 2 + 1);
    for (let i = 0; i <= k; i++) {
      const factor = lower[k * n + i] as number;
      for (let j = 0; j <= i; j++) {
        inverse[i * n + j] = (inverse[i * n + j] as number) + factor * (lower[k * n + j] as number);
      }
    }
  }
  for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) inverse[j * n + i] = inverse[i * n + j] as number;
  return inverse;
}
