/** What a maximisation step needs to know beside the data. */
import type { CovarianceKind } from "../covariance/covariance-kind.js";

/** Dirichlet, normal and inverse Wishart (of variances alone: inverse gamma) priors, by hmmlearn's names. */
export interface HmmPriors {
  /** [k] */
  readonly startprob: Float64Array;
  /** [k,k] */
  readonly transmat: Float64Array;
  /** [k,d] the means that are expected, in the coordinates of the samples. */
  readonly means: Float64Array;
  /** [k,d] how many rows the expected means count for. */
  readonly meansWeight: Float64Array;
  /** [k,d,d]; of a state's matrix the lower triangle is read. */
  readonly covars: Float64Array;
  readonly covarsWeight: number;
}

export interface Learning {
  readonly covarianceKind: CovarianceKind;
  /** What a step changes, as hmmlearn's `params`: letters of s, t, m and c. */
  readonly params: string;
  readonly priors: HmmPriors;
}
