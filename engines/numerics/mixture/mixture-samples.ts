/**
 * The samples of a mixture fit as its two steps read them: by columns, because loops over the few numbers of
 * a row are mostly overhead (a fit of four components to 2500×5: 11.3 ms; by rows 13.9), with scratch that is
 * taken once.
 */
import type { WorkReporter } from "../../kernels/index.js";
import { type FitContext, workReporterOf } from "../fit.js";
import { toFloat64 } from "../float-tensors.js";
import { transpose } from "../linear-algebra/transpose.js";

export interface MixtureSamples {
  readonly n: number;
  readonly p: number;
  /** [n,p] about the column means. */
  readonly about: Float64Array;
  /** [p,n] the same by columns. */
  readonly columns: Float64Array;
  /** XᵀX [p,p], for tied covariances only. */
  readonly gram: Float64Array | null;
  /** Whether whitening and covariances are work enough for the kernels. */
  readonly large: boolean;
  /** Scratch [p,n]: weighted deviations from one component's mean. */
  readonly deviations: Float64Array;
  /** Scratch [n]. */
  readonly scratch: Float64Array;
  readonly reportWork: WorkReporter;
}

/**
 * Multiply-adds of one component from which a fit takes the kernels: two components of 252×50 took 3.0 ms instead of
 * 4.7.
 */
export const fitKernelWork = 400_000;

/**
 * The same for samples that are scored. A row's score differs in its last bits between loops and kernels, so few rows
 * and single ones are all scored by loops.
 */
export const scoreKernelWork = 4_000_000;

export async function mixtureSamples(
  about: Float64Array,
  n: number,
  p: number,
  tied: boolean,
  kernelWork: number,
  context: FitContext,
): Promise<MixtureSamples> {
  return {
    n,
    p,
    about,
    columns: transpose(about, n, p),
    gram: tied ? toFloat64(await context.kernels.gram(about, n, p)) : null,
    large: n * p * p >= kernelWork && p > 16,
    deviations: new Float64Array(n * p),
    scratch: new Float64Array(n),
    reportWork: workReporterOf(context),
  };
}

/** Fills `deviations` with the columns less the mean [p], each row times the root of its share. */
export function deviate(samples: MixtureSamples, mean: Float64Array, shares: Float64Array): void {
  samples.reportWork(samples.n * samples.p);
  const { n, p, columns, deviations, scratch } = samples;
  for (let i = 0; i < n; i++) scratch[i] = Math.sqrt(shares[i] as number);
  for (let j = 0, from = 0; j < p; j++, from += n) {
    const centre = mean[j] as number;
    for (let i = 0; i < n; i++) {
      deviations[from + i] = ((columns[from + i] as number) - centre) * (scratch[i] as number);
    }
  }
}

/** The rows of X [n,p] less the mean, each times the root of its share: their Gram matrix is a scatter. */
export function weightedDeviations(
  { n, p, about, reportWork }: MixtureSamples,
  mean: Float64Array,
  shares: Float64Array | null,
): Float64Array {
  reportWork(n * p);
  const out = new Float64Array(n * p);
  for (let i = 0, at = 0; i < n; i++) {
    const root = shares === null ? 1 : Math.sqrt(shares[i] as number);
    for (let j = 0; j < p; j++, at++) out[at] = ((about[at] as number) - (mean[j] as number)) * root;
  }
  return out;
}

/**
 * Adds (constant + Σ coefficients[j]·column j)² to each of the n numbers of `out`, over the first `count` of
 * the columns, four at a time; coefficients beyond them are 0.
 */
export function addSquaredCombination(
  { n, p, columns, scratch, reportWork }: MixtureSamples,
  coefficients: Float64Array,
  count: number,
  constant: number,
  out: Float64Array,
): void {
  reportWork(n * count);
  scratch.fill(constant);
  for (let j = 0; j < count; j += 4) {
    const a = j * n;
    const b = Math.min(j + 1, p - 1) * n;
    const c = Math.min(j + 2, p - 1) * n;
    const d = Math.min(j + 3, p - 1) * n;
    const fa = coefficients[j] as number;
    const fb = coefficients[j + 1] ?? 0;
    const fc = coefficients[j + 2] ?? 0;
    const fd = coefficients[j + 3] ?? 0;
    const last = j + 4 >= count;
    for (let i = 0; i < n; i++) {
      const z =
        (scratch[i] as number) +
        (fa * (columns[a + i] as number) + fb * (columns[b + i] as number)) +
        (fc * (columns[c + i] as number) + fd * (columns[d + i] as number));
      if (last) out[i] = (out[i] as number) + z * z;
      else scratch[i] = z;
    }
  }
}
