/**
 * Estimates the number of principal components by Minka's approximation of the evidence, which is PCA's
 * `n_components` "mle". Source: Minka 2000, "Automatic choice of dimensionality for PCA".
 */
import type { WorkReporter } from "../../kernels/index.js";

/**
 * A rank whose smallest kept variance is below this is never chosen; the variance of the noise counts as at least
 * this.
 */
const tiny = 1e-15;

/** The estimated work of one pair of variances, in multiply-adds: two divisions and a logarithm. */
const costOfPair = 16;

/**
 * The likeliest number of components, from 1 to p − 1 (0 for p = 1), given the variances [p], largest first, of n
 * samples. It evaluates about p³/3 pairs of variances: a second for 400 columns, and a minute for 1,600.
 */
export function minkaDimension(variances: Float64Array, n: number, reportWork: WorkReporter): number {
  const p = variances.length;
  let best = 0;
  let bestEvidence = Number.NEGATIVE_INFINITY;
  let logPrior = 0;
  for (let rank = 1; rank < p; rank++) {
    const order = p - rank + 1;
    reportWork(order * costOfPair);
    logPrior += logGammaHalf(order) - (Math.log(Math.PI) * order) / 2 - Math.log(2);
    const evidence = logEvidence(variances, rank, n, logPrior, reportWork);
    if (evidence > bestEvidence) {
      best = rank;
      bestEvidence = evidence;
    }
  }
  return best;
}

/** Minka's equation 77: log p(data | rank) in Laplace's approximation. */
function logEvidence(
  variances: Float64Array,
  rank: number,
  n: number,
  logPrior: number,
  reportWork: WorkReporter,
): number {
  const p = variances.length;
  if ((variances[rank - 1] as number) < tiny) return Number.NEGATIVE_INFINITY;
  const kept = variances.subarray(0, rank).reduce((sum, value) => sum + Math.log(value), 0);
  const noise = Math.max(tiny, variances.subarray(rank).reduce((sum, value) => sum + value, 0) / (p - rank));
  const freedom = p * rank - (rank * (rank + 1)) / 2;
  return (
    logPrior -
    (kept * n) / 2 -
    (Math.log(noise) * n * (p - rank)) / 2 +
    (Math.log(2 * Math.PI) * (freedom + rank)) / 2 -
    logHessian(variances, rank, noise, n, reportWork) / 2 -
    (rank * Math.log(n)) / 2
  );
}

function logHessian(
  variances: Float64Array,
  rank: number,
  noise: number,
  n: number,
  reportWork: WorkReporter,
): number {
  const logCount = Math.log(n);
  let sum = 0;
  for (let i = 0; i < rank; i++) {
    const vi = variances[i] as number;
    reportWork((variances.length - i) * costOfPair);
    for (let j = i + 1; j < variances.length; j++) {
      const vj = variances[j] as number;
      const assumed = j < rank ? vj : noise;
      sum += Math.log((vi - vj) * (1 / assumed - 1 / vi)) + logCount;
    }
  }
  return sum;
}

/** log Γ(m/2) for an integer m ≥ 1, by the recurrence of Γ. */
function logGammaHalf(m: number): number {
  let sum = m % 2 === 0 ? 0 : Math.log(Math.PI) / 2;
  for (let x = m / 2 - 1; x > 0; x--) sum += Math.log(x);
  return sum;
}
