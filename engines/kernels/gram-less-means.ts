/**
 * Computes the Gram matrix of centred samples from that of the uncentred ones: XᵀX − n·m·mᵀ. Where the means are no
 * larger than the standard deviations this loses no digit, and it avoids the centred copy, which takes a tenth of the
 * time at 2520×500.
 */
import type { Floats } from "./kernels.js";
import type { Origin } from "./points.js";

/** Limit on squared mean over variance for which the subtraction is used: it may lose half a digit. */
const meanShareMaximum = 1;

/** The Gram matrix of n rows with these means; undefined where the subtraction would lose digits. */
export function gramLessMeans(
  gram: Floats,
  { base: mean }: Origin,
  n: number,
  p: number,
): Float64Array | undefined {
  const small = mean.every((value, j) => {
    const ofMean = n * value * value;
    return ofMean <= meanShareMaximum * ((gram[j * p + j] as number) - ofMean);
  });
  if (!small) return undefined;
  const out = new Float64Array(p * p);
  for (let j = 0; j < p; j++) {
    for (let k = 0; k <= j; k++) {
      const value = (gram[j * p + k] as number) - n * ((mean[j] as number) * (mean[k] as number));
      out[j * p + k] = value;
      out[k * p + j] = value;
    }
  }
  return out;
}
