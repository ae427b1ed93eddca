/** Points that a backend keeps in its own form while k-means repeatedly computes distances to them. */

export interface PointAssignment {
  /** [n] the nearest centre of each point; the lowest index on a tie. */
  readonly labels: Int32Array;
  /** The number of labels that differ from the last assignment's; n after the first. */
  readonly changed: number;
  /** [k,p] the sum of each centre's points; `counts` [k] are their numbers. */
  readonly sums: Float64Array;
  readonly counts: Int32Array;
}

/**
 * The vector that is subtracted from the points: `base`, and then `rest`, the part that was lost when `base` was
 * rounded.
 */
export interface Origin {
  readonly base: Float64Array;
  readonly rest: Float64Array;
}

export interface CandidateDistances {
  /** [m,n] valid until the next call, which reuses the memory. */
  readonly distances: Float64Array;
  /** [m] the rows' sums. */
  readonly sums: Float64Array;
}

/** The seeds that were chosen so far, for points that may tell by them that a candidate is further. */
export interface NearestSeeds {
  /** [k,p] of which the first `count` are chosen, which are all that `nearest` names. */
  readonly rows: Float64Array;
  readonly count: number;
  /** [n] the seed that is nearest to each point, at the squared distance `closest`. */
  readonly nearest: Int32Array;
}

export interface Points {
  /** The sum of all squared numbers of the points. */
  readonly squares: number;
  /** The points of the given indices, [m,p]. */
  rows(indices: Int32Array): Float64Array;
  /** min(‖yⱼ − xᵢ‖², closestᵢ) from Y [m,p] to the points; without `closest` the distances themselves. */
  candidateDistances(
    y: Float64Array,
    m: number,
    closest?: Float64Array,
    seeds?: NearestSeeds,
  ): Promise<CandidateDistances>;
  /** The nearest of the centres [k,p] to each point; k must be the number that the points were created for. */
  assign(centres: Float64Array, k: number): Promise<PointAssignment>;
  /** [n] the squared distance of each point to the centre [k,p] of its last assignment; as accurate as the labels. */
  ownDistances(centres: Float64Array): Promise<Float64Array>;
  /**
   * Discards the last assignment.
   * @param likely [n] the centre that is probably nearest to each point in the next one
   */
  restart(likely?: Int32Array): void;
  /** Frees the memory; no method may be called afterwards. */
  release(): void;
}
