/**
 * Points with sample weights: weighted sums for the centres, and weighted distances for the choice of the starting
 * centres.
 */
import type { CandidateDistances, NearestSeeds, PointAssignment, Points } from "../../kernels/index.js";

/**
 * The operations on points that k-means uses. The total weight of each cluster stands in place of its number of
 * points.
 */
export interface ClusterPoints extends Omit<Points, "assign"> {
  assign(centres: Float64Array, k: number): Promise<WeightedAssignment>;
}

export interface WeightedAssignment extends Omit<PointAssignment, "counts"> {
  /** [k] the total weight of each cluster's points. */
  readonly counts: Int32Array | Float64Array;
}

/** Points [n,p] with a weight each. Weights enter the sums and counts; distances are not weighted. */
export class WeightedPoints implements ClusterPoints {
  readonly squares: number;
  readonly #all: Float64Array;

  constructor(
    private readonly points: Points,
    private readonly weights: Float64Array,
    private readonly n: number,
    private readonly p: number,
  ) {
    this.squares = points.squares;
    this.#all = points.rows(Int32Array.from({ length: n }, (_, i) => i));
  }

  rows(indices: Int32Array): Float64Array {
    return this.points.rows(indices);
  }

  async candidateDistances(
    y: Float64Array,
    m: number,
    closest?: Float64Array,
    seeds?: NearestSeeds,
  ): Promise<CandidateDistances> {
    const { distances } = await this.points.candidateDistances(y, m, closest, seeds);
    const sums = new Float64Array(m);
    for (let candidate = 0, at = 0; candidate < m; candidate++) {
      for (let i = 0; i < this.n; i++, at++)
        sums[candidate] =
          (sums[candidate] as number) + (distances[at] as number) * (this.weights[i] as number);
    }
    return { distances, sums };
  }

  async assign(centres: Float64Array, k: number): Promise<WeightedAssignment> {
    const { labels, changed } = await this.points.assign(centres, k);
    const sums = new Float64Array(k * this.p);
    const counts = new Float64Array(k);
    for (let i = 0, at = 0; i < this.n; i++) {
      const cluster = labels[i] as number;
      const weight = this.weights[i] as number;
      counts[cluster] = (counts[cluster] as number) + weight;
      for (let j = cluster * this.p; j < (cluster + 1) * this.p; j++, at++)
        sums[j] = (sums[j] as number) + (this.#all[at] as number) * weight;
    }
    return { labels, changed, sums, counts };
  }

  ownDistances(centres: Float64Array): Promise<Float64Array> {
    return this.points.ownDistances(centres);
  }

  restart(likely?: Int32Array): void {
    this.points.restart(likely);
  }

  release(): void {
    this.points.release();
  }
}
