/** New covariances of Gaussian states from the sums of their rows' deviations, in each of the four kinds. */
import type { CovarianceKind } from "../covariance/covariance-kind.js";
import type { HmmPriors } from "./learning.js";

/** hmmlearn's least divisor of a variance. */
const divisorMinimum = 1e-5;

/** Sums over the rows of a state, about its old mean, which is near the new one: nothing cancels. */
export interface Deviations {
  /** Expected rows of the state. */
  weight: number;
  /** [d] weighted deviations. */
  readonly first: Float64Array;
  /** [d,d] their weighted products: the lower triangle, or the diagonal alone. */
  readonly second: Float64Array;
}

export class CovarianceUpdate {
  readonly #covars: Float64Array;
  /** [d,d] a state's scatter about its new mean; of `tied`, the sum over all states. */
  readonly #scatter: Float64Array;
  #rows = 0;

  /** @param before [k,d,d]: what a state keeps that no row is of */
  constructor(
    before: Float64Array,
    private readonly k: number,
    private readonly d: number,
    private readonly kind: CovarianceKind,
    private readonly priors: HmmPriors,
  ) {
    this.#covars = before.slice();
    this.#scatter = new Float64Array(d * d);
  }

  /** Takes a state's rows: `shift` [d] is its new mean minus the one that the deviations are from. */
  add(state: number, means: Float64Array, shift: Float64Array, deviations: Deviations): void {
    if (this.kind === "tied") {
      this.#addScatter(state, means, shift, deviations);
      this.#rows += deviations.weight;
      return;
    }
    if (!(deviations.weight > 0)) return;
    this.#scatter.fill(0);
    this.#addScatter(state, means, shift, deviations);
    if (this.kind === "full") this.#divide(state, this.#matrixWeight() + deviations.weight);
    else this.#divideVariances(state, deviations.weight);
  }

  /** [k,d,d] */
  covars(): Float64Array {
    const size = this.d * this.d;
    if (this.kind === "tied") {
      this.#divide(0, this.#matrixWeight() + this.#rows);
      for (let state = 1; state < this.k; state++) this.#covars.copyWithin(state * size, 0, size);
    }
    return this.#covars;
  }

  #matrixWeight(): number {
    return Math.max(this.priors.covarsWeight - this.d, 0);
  }

  /** Σ w (x−m)(x−m)ᵀ about the new mean m, and the prior's W (m−μ)(m−μ)ᵀ: lower triangle or diagonal. */
  #addScatter(state: number, means: Float64Array, shift: Float64Array, deviations: Deviations): void {
    const { d, kind, priors } = this;
    const { weight, first, second } = deviations;
    const diagonal = kind === "diag" || kind === "spherical";
    for (let i = 0; i < d; i++) {
      const row = state * d + i;
      const pull = priors.meansWeight[row] as number;
      const [si, mi] = [first[i] as number, shift[i] as number];
      for (let j = diagonal ? i : 0; j <= i; j++) {
        const [sj, mj] = [first[j] as number, shift[j] as number];
        let sum = (second[i * d + j] as number) - si * mj - mi * sj + weight * mi * mj;
        if (pull > 0) {
          const off = (at: number) => (means[at] as number) - (priors.means[at] as number);
          sum += pull * off(row) * off(state * d + j);
        }
        this.#scatter[i * d + j] = (this.#scatter[i * d + j] as number) + sum;
      }
    }
  }

  #divide(state: number, divisor: number): void {
    const { d, priors } = this;
    for (let i = 0; i < d; i++)
      for (let j = 0; j <= i; j++) {
        const at = (state * d + i) * d + j;
        const value = ((priors.covars[at] as number) + (this.#scatter[i * d + j] as number)) / divisor;
        this.#covars[at] = value;
        this.#covars[(state * d + j) * d + i] = value;
      }
  }

  #divideVariances(state: number, weight: number): void {
    const { d, priors } = this;
    const divisor = Math.max(Math.max(priors.covarsWeight - 1, 0) + weight, divisorMinimum);
    const variances = Float64Array.from({ length: d }, (_, i) => {
      const prior = priors.covars[(state * d + i) * d + i] as number;
      return Math.max(0, (prior + (this.#scatter[i * d + i] as number)) / divisor);
    });
    if (this.kind === "spherical") variances.fill(variances.reduce((sum, value) => sum + value, 0) / d);
    variances.forEach((value, i) => {
      this.#covars[(state * d + i) * d + i] = value;
    });
  }
}
