/** Points over the kernels of any backend, and functions that all backends share to read and write points. */
import type { Floats, Kernels, NearestCentres } from "./kernels.js";
import type { CandidateDistances, Origin, PointAssignment, Points } from "./points.js";

export function atZero(p: number): Origin {
  return { base: new Float64Array(p), rest: new Float64Array(p) };
}

/** X [n,p] minus the origin, as a new float64 array. */
export function seenFrom({ base, rest }: Origin, x: Floats, n: number, p: number): Float64Array {
  const out = new Float64Array(n * p);
  for (let row = 0; row < n * p; row += p)
    for (let j = 0; j < p; j++)
      out[row + j] = (x[row + j] as number) - (base[j] as number) - (rest[j] as number);
  return out;
}

/** Writes X [n,p] minus the origin into an array. */
export function writeFrom(origin: Origin, x: Floats, n: number, p: number, out: Float64Array): Float64Array {
  const { base, rest } = origin;
  for (let row = 0; row < n * p; row += p)
    for (let j = 0; j < p; j++)
      out[row + j] = (x[row + j] as number) - (base[j] as number) - (rest[j] as number);
  return out;
}

/** Points over any backend's `nearestCentre`; sums are computed in float64. */
export class PlainPoints implements Points {
  readonly squares: number;
  readonly #about: Float64Array;
  /** The points in the datatype that the backend computes in. */
  readonly #seen: Floats;
  #last: NearestCentres | undefined;

  constructor(
    private readonly kernels: Pick<Kernels, "nearestCentre" | "squaredDistances" | "precision">,
    x: Floats,
    private readonly n: number,
    private readonly p: number,
    origin: Origin,
  ) {
    this.#about = writeFrom(origin, x, n, p, new Float64Array(n * p));
    this.#seen = kernels.precision === "FP32" ? new Float32Array(this.#about) : this.#about;
    let squares = 0;
    for (let at = 0; at < n * p; at++) squares += (this.#about[at] as number) ** 2;
    this.squares = squares;
  }

  rows(indices: Int32Array): Float64Array {
    return rowsOf(this.#about, this.p, indices);
  }

  async candidateDistances(y: Float64Array, m: number, closest?: Float64Array): Promise<CandidateDistances> {
    const { n, p } = this;
    const distances = new Float64Array(await this.kernels.squaredDistances(y, this.#seen, m, n, p));
    const sums = new Float64Array(m);
    for (let t = 0; t < m; t++) {
      let sum = 0;
      for (let i = 0; i < n; i++) {
        const least = Math.min(distances[t * n + i] as number, closest?.[i] ?? Number.POSITIVE_INFINITY);
        distances[t * n + i] = least;
        sum += least;
      }
      sums[t] = sum;
    }
    return { distances, sums };
  }

  async assign(centres: Float64Array, k: number): Promise<PointAssignment> {
    const { n, p } = this;
    const before = this.#last?.labels;
    const nearest = await this.kernels.nearestCentre(this.#seen, centres, n, k, p);
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
        sums[label * p + j] = (sums[label * p + j] as number) + (this.#about[i * p + j] as number);
    }
    return { labels, changed, sums, counts };
  }

  async ownDistances(centres: Float64Array): Promise<Float64Array> {
    const { n, p } = this;
    const labels = this.#last?.labels ?? new Int32Array(n);
    const out = new Float64Array(n);
    for (let i = 0; i < n; i++) {
      const to = (labels[i] as number) * p;
      let sum = 0;
      for (let j = 0; j < p; j++)
        sum += ((this.#about[i * p + j] as number) - (centres[to + j] as number)) ** 2;
      out[i] = sum;
    }
    return out;
  }

  restart(): void {
    this.#last = undefined;
  }

  release(): void {}
}

/** The rows of X [n,p] at the given indices. */
export function rowsOf(x: Float64Array, p: number, indices: Int32Array): Float64Array {
  const rows = new Float64Array(indices.length * p);
  indices.forEach((index, to) => {
    rows.set(x.subarray(index * p, index * p + p), to * p);
  });
  return rows;
}
