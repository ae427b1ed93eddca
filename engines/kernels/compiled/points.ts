/**
 * Points in the memory of the compiled loops. An assignment takes all distances in float32, four points at
 * a time, and decides by float64 where two of them are closer than float32 can tell: the same labels in a
 * third of the time. Bounds that spare distances (Hamerly's, Elkan's) were slower on 100,000×16: the points
 * they leave over lie scattered, and each costs a cache miss and a mispredicted branch.
 */
import type { Floats } from "../kernels.js";
import { rowsOf } from "../plain-points.js";
import type { CandidateDistances, Origin, PointAssignment, Points } from "../points.js";
import { ignoreWork, reportInPieces, type WorkReporter, workPerReport } from "../work-reporter.js";
import { Arena } from "./loops.js";

/** Rows of Y measured in one pass over the points: a group of four in float32. */
const rowsAtOnce = 4;

/**
 * Columns from which candidates are measured in float32 first: a k-means of 2520x500 so took 18 ms instead of
 * 22. One of 100,000x16 took 50 instead of 29: the points that are left over lie scattered.
 */
const screenedColumnsMinimum = 64;

/** Where centres that fill up a group of four stand: so far away that nothing is nearest to them. */
const nowhere = { exact: 1e150, packed: 1e15 };

export class CompiledPoints implements Points {
  readonly #arena: Arena;
  readonly #x: Float64Array;
  /** The largest number of X becomes 1 in float32, so that squares neither overflow nor vanish. */
  readonly #scale: number;
  readonly #packed: Float32Array;
  readonly #norms: Float32Array;
  readonly #centres: Float64Array;
  /** Centres in columns: their number rounded up to a multiple of four. */
  readonly #columns: Float64Array;
  readonly #packedCentres: Float32Array;
  readonly #row: Float64Array;
  readonly #y: Float64Array;
  readonly #labels: Int32Array;
  readonly #sums: Float64Array;
  readonly #counts: Int32Array;
  readonly #out: Float64Array;
  readonly #closest: Float64Array;
  readonly #totals: Float64Array;
  readonly squares: number;

  /** Points X [n,p], seen from the origin, that will be assigned to k centres. */
  constructor(
    x: Floats,
    private readonly n: number,
    private readonly p: number,
    private readonly k: number,
    origin: Origin,
    private readonly reportWork: WorkReporter = ignoreWork,
  ) {
    const [np, kp] = [padded(n), padded(k)];
    const floats = n * p + p * (k + kp) + kp + k * p + rowsAtOnce * (n + p + 1) + n + 2 * p;
    const halves = np * p + 2 * np + kp * p * 4 + k;
    const arena = Arena.borrow(floats + halves / 2, 17);
    const { loops } = arena;
    this.#arena = arena;
    this.#x = arena.floats(n * p);
    this.#x.set(x);
    this.#packed = arena.singles(np * p);
    this.#norms = arena.singles(np);
    this.#centres = arena.floats(k * p);
    this.#columns = arena.floats(p * kp);
    this.#packedCentres = arena.singles(kp * p * 4);
    this.#row = arena.floats(kp);
    this.#y = arena.floats(rowsAtOnce * p);
    this.#labels = arena.integers(np);
    this.#sums = arena.floats(k * p);
    this.#counts = arena.integers(k);
    this.#out = arena.floats(rowsAtOnce * n);
    this.#closest = arena.floats(n);
    this.#totals = arena.floats(rowsAtOnce);
    const [base, rest] = [arena.floats(p), arena.floats(p)];
    base.set(origin.base);
    rest.set(origin.rest);
    const { byteOffset: from } = this.#x;
    const largest = loops.centre_points(from, n, p, base.byteOffset, rest.byteOffset);
    this.#scale = largest > 1e-300 ? 1 / largest : 1;
    const { byteOffset: packed } = this.#packed;
    const { byteOffset: norms } = this.#norms;
    this.squares = loops.pack_points(this.#x.byteOffset, n, p, this.#scale, packed, norms);
    this.restart();
  }

  restart(): void {
    this.#labels.fill(-1);
    this.#sums.fill(0);
    this.#counts.fill(0);
  }

  release(): void {
    this.#arena.release();
  }

  rows(indices: Int32Array): Float64Array {
    return rowsOf(this.#x, this.p, indices);
  }

  async candidateDistances(y: Float64Array, m: number, closest?: Float64Array): Promise<CandidateDistances> {
    if (closest !== undefined) this.#closest.set(closest);
    const measure = closest === undefined ? this.#measure : this.#approach;
    if (m <= rowsAtOnce) return measure.call(this, y, m);
    const distances = new Float64Array(m * this.n);
    const sums = new Float64Array(m);
    for (let from = 0; from < m; from += rowsAtOnce) {
      const rows = Math.min(rowsAtOnce, m - from);
      const part = measure.call(this, y.subarray(from * this.p, (from + rows) * this.p), rows);
      distances.set(part.distances, from * this.n);
      sums.set(part.sums, from);
    }
    return { distances, sums };
  }

  /** @throws RangeError for another k than the points were made for */
  async assign(centres: Float64Array, k: number): Promise<PointAssignment> {
    if (k !== this.k) throw new RangeError(`${k} centres; the points were made for ${this.k}`);
    toColumns(centres, k, this.p, padded(k), this.#columns);
    packCentres(centres, k, this.p, this.#scale, this.#packedCentres);
    const rows = this.#rowsAtOnce(k);
    let changed = 0;
    for (let from = 0; from < this.n; from += rows)
      changed += this.#assignRows(from, Math.min(this.n, from + rows), k);
    // Copies: whoever asked may change them, and an answer must not keep the whole memory alive.
    const labels = this.#labels.slice(0, this.n);
    return { labels, changed, sums: this.#sums.slice(), counts: this.#counts.slice() };
  }

  /** So many rows that their distances to k centres are one look's work: a multiple of four, as they are packed. */
  #rowsAtOnce(k: number): number {
    return Math.max(1, Math.floor(workPerReport / (k * this.p * 4))) * 4;
  }

  #assignRows(from: number, to: number, k: number): number {
    const { p } = this;
    this.reportWork((to - from) * k * p);
    return this.#arena.loops.assign(
      this.#x.byteOffset + from * p * 8,
      this.#columns.byteOffset,
      this.#packed.byteOffset + from * p * 4,
      this.#norms.byteOffset + from * 4,
      this.#packedCentres.byteOffset,
      to - from,
      k,
      padded(k),
      p,
      this.#labels.byteOffset + from * 4,
      this.#sums.byteOffset,
      this.#counts.byteOffset,
      this.#row.byteOffset,
    );
  }

  async ownDistances(centres: Float64Array): Promise<Float64Array> {
    this.reportWork(this.n * this.p);
    this.#centres.set(centres);
    const [to, of] = [this.#centres.byteOffset, this.#labels.byteOffset];
    this.#arena.loops.own_distances(this.#x.byteOffset, to, of, this.n, this.p, this.#out.byteOffset);
    return this.#out.subarray(0, this.n);
  }

  #measure(y: Float64Array, rows: number): CandidateDistances {
    const { n, p } = this;
    reportInPieces(this.reportWork, n * rows * p);
    this.#y.set(y);
    const [x, to, out] = [this.#x.byteOffset, this.#y.byteOffset, this.#out.byteOffset];
    this.#arena.loops.squared_distances(x, to, n, rows, p, out, this.#totals.byteOffset);
    return this.#measured(rows);
  }

  /** As measured, none above `#closest`. Centres make at least one group of four, so that there is room. */
  #approach(y: Float64Array, rows: number): CandidateDistances {
    const { n, p } = this;
    reportInPieces(this.reportWork, n * rows * p);
    const { loops } = this.#arena;
    this.#y.set(y);
    const [x, to, most] = [this.#x.byteOffset, this.#y.byteOffset, this.#closest.byteOffset];
    const [out, totals] = [this.#out.byteOffset, this.#totals.byteOffset];
    if (p < screenedColumnsMinimum) {
      toColumns(y, rows, p, rowsAtOnce, this.#columns);
      loops.approach(x, to, this.#columns.byteOffset, n, rows, p, most, out, totals);
      return this.#measured(rows);
    }
    packCentres(y, rows, p, this.#scale, this.#packedCentres);
    const [packed, norms] = [this.#packed.byteOffset, this.#norms.byteOffset];
    const packedTo = this.#packedCentres.byteOffset;
    const scale = this.#scale;
    loops.approach_screened(x, to, packed, norms, packedTo, n, rows, p, scale, most, out, totals);
    return this.#measured(rows);
  }

  #measured(rows: number): CandidateDistances {
    return { distances: this.#out.subarray(0, rows * this.n), sums: this.#totals.slice(0, rows) };
  }
}

/** Labels and squared distances for one question, without keeping the points. */
export async function nearestByLoops(x: Floats, centres: Floats, n: number, k: number, p: number) {
  const points = new CompiledPoints(x, n, p, k, plainOrigin(p));
  const given = new Float64Array(centres);
  const { labels } = await points.assign(given, k);
  const distances = (await points.ownDistances(given)).slice();
  points.release();
  return { labels, distances };
}

/** ‖xᵢ − yⱼ‖² [n,m] for one question. */
export async function distancesByLoops(x: Floats, y: Floats, n: number, m: number, p: number) {
  const points = new CompiledPoints(y, m, p, 1, plainOrigin(p));
  const distances = (await points.candidateDistances(new Float64Array(x), n)).distances.slice();
  points.release();
  return distances;
}

function plainOrigin(p: number): Origin {
  return { base: new Float64Array(p), rest: new Float64Array(p) };
}

function padded(count: number): number {
  return Math.ceil(count / 4) * 4;
}

/** Rows [m,p] as columns [p,width], filled up with what is nowhere. */
function toColumns(rows: Floats, m: number, p: number, width: number, out: Float64Array): void {
  for (let j = 0; j < p; j++) {
    for (let r = 0; r < m; r++) out[j * width + r] = rows[r * p + j] as number;
    out.fill(nowhere.exact, j * width + m, (j + 1) * width);
  }
}

/** Centres [k,p] in groups of four, each number four times over: [⌈k/4⌉,p,4,4]. */
function packCentres(centres: Float64Array, k: number, p: number, scale: number, out: Float32Array): void {
  for (let c = 0; c < padded(k); c++) {
    for (let j = 0; j < p; j++) {
      const at = ((c >> 2) * p + j) * 16 + (c & 3) * 4;
      out.fill(c < k ? (centres[c * p + j] as number) * scale : nowhere.packed, at, at + 4);
    }
  }
}
