/** Points held by a backend over many questions, as k-means asks them: what each one costs, how they answer. */
import type { Floats, Kernels, Nearest } from "./kernels.js";

export interface Assignment {
  /** [n] the nearest centre of each point, the lowest one on a tie. */
  readonly labels: Int32Array;
  /** How many labels differ from the last assignment's; n at first. */
  readonly changed: number;
  /** [k,p] the sum of each centre's points, and [k] their count. */
  readonly sums: Float64Array;
  readonly counts: Int32Array;
}

export interface Points {
  /** ‖yⱼ − xᵢ‖² [m,n] from Y [m,p] to the points [n,p]; good until the next question, and may be written to. */
  squaredDistances(y: Floats, m: number): Promise<Floats>;
  /** The nearest of the centres [k,p] to each point; k is the same until `restart`. */
  assign(centres: Float64Array, k: number): Promise<Assignment>;
  /** [n] the squared distance of each point to the centre [k,p] that it was last assigned to; as good. */
  ownDistances(centres: Float64Array): Promise<Float64Array>;
  /** Forgets the last assignment. */
  restart(): void;
}

/** Points over any backend's `nearestCentre`; sums are taken in float64. */
export class PlainPoints implements Points {
  #last: Nearest | undefined;

  constructor(
    private readonly kernels: Pick<Kernels, "nearestCentre" | "squaredDistances">,
    private readonly about: Floats,
    /** The points in the datatype that the backend computes in. */
    private readonly seen: Floats,
    private readonly n: number,
    private readonly p: number,
  ) {}

  squaredDistances(y: Floats, m: number): Promise<Floats> {
    return this.kernels.squaredDistances(y, this.seen, m, this.n, this.p);
  }

  async assign(centres: Float64Array, k: number): Promise<Assignment> {
    const { n, p } = this;
    const before = this.#last?.labels;
    const nearest = await this.kernels.nearestCentre(this.seen, centres, n, k, p);
    this.#last = nearest;
    const { labels } = nearest;
    const sums = new Float64Array(k * p);
    const counts = new Int32Array(k);
    let changed = 0;
    for (let i = 0; i < n; i++) {
      const label = labels[i] as number;
      if (before?.[i] !== label) changed++;
      counts[label] = (counts[label] as number) + 1;
      for (let j = 0; j < p; j++)
        sums[label * p + j] = (sums[label * p + j] as number) + (this.about[i * p + j] as number);
    }
    return { labels, changed, sums, counts };
  }

  async ownDistances(centres: Float64Array): Promise<Float64Array> {
    const { n, p, about } = this;
    const labels = this.#last?.labels ?? new Int32Array(n);
    const out = new Float64Array(n);
    for (let i = 0; i < n; i++) {
      const to = (labels[i] as number) * p;
      let sum = 0;
      for (let j = 0; j < p; j++) sum += ((about[i * p + j] as number) - (centres[to + j] as number)) ** 2;
      out[i] = sum;
    }
    return out;
  }

  restart(): void {
    this.#last = undefined;
  }
}
