/** Points that a backend keeps in its own form while k-means computes distances to them again and again. */

export interface PointAssignment {
  /** [n] the nearest centre of each point, the lowest one on a tie. */
  readonly labels: Int32Array;
  /** How many labels differ from the last assignment's; n at first. */
  readonly changed: number;
  /** [k,p] the sum of each centre's points, and [k] their count. */
  readonly sums: Float64Array;
  readonly counts: Int32Array;
}

/** What is subtracted from each column of the points: `base` and then `rest`, the part that rounding `base` left over. */
export interface Origin {
  readonly base: Float64Array;
  readonly rest: Float64Array;
}

export interface CandidateDistances {
  /** [m,n] valid until the next call: its memory is used again. */
  readonly distances: Float64Array;
  /** [m] their sums. */
  readonly sums: Float64Array;
}

export interface Points {
  /** The sum of all their squared numbers. */
  readonly squares: number;
  /** The points of the given indices, [m,p]. */
  rows(indices: Int32Array): Float64Array;
  /** min(‖yⱼ − xᵢ‖², closestᵢ) from Y [m,p] to the points; without `closest` nothing is nearer. */
  candidateDistances(y: Float64Array, m: number, closest?: Float64Array): Promise<CandidateDistances>;
  /** The nearest of the centres [k,p] to each point; k is what the points were made for. */
  assign(centres: Float64Array, k: number): Promise<PointAssignment>;
  /** [n] the squared distance of each point to the centre [k,p] it was last assigned to; as good. */
  ownDistances(centres: Float64Array): Promise<Float64Array>;
  /** Forgets the last assignment. */
  restart(): void;
  /** Frees the memory; no method may be called afterwards. */
  release(): void;
}
