/**
 * The Gram matrix of centred samples. Where the means are no larger than the spreads it is XᵀX − n·m·mᵀ,
 * which loses no digit there and spares the centred copy: at 100,000×16 most of the time. Else the samples
 * are centred first.
 */
import type { Floats, Kernels } from "../kernels/index.js";
import { type Centre, centred } from "./column-moments.js";
import { toFloat64 } from "./float-tensors.js";

/** Squared mean over variance up to which the difference is taken: it may lose half a digit. */
const meanShareMaximum = 1;

export async function centredGram(
  x: Floats,
  n: number,
  p: number,
  centre: Centre,
  kernels: Kernels,
): Promise<Float64Array> {
  if (kernels.precision === "FP64" && x instanceof Float64Array) {
    const gram = toFloat64(await kernels.gram(x, n, p));
    if (meansAreSmall(gram, centre.mean, n, p)) return lessMeans(gram, centre.mean, n, p);
  }
  return toFloat64(await kernels.gram(centred(x, centre, n, p), n, p));
}

function meansAreSmall(gram: Float64Array, mean: Float64Array, n: number, p: number): boolean {
  return mean.every((value, j) => {
    const ofMean = n * value * value;
    return ofMean <= meanShareMaximum * ((gram[j * p + j] as number) - ofMean);
  });
}

function lessMeans(gram: Float64Array, mean: Float64Array, n: number, p: number): Float64Array {
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
