/**
 * Points in WebAssembly memory. An assignment computes all distances in float32, four points at a time, and repeats
 * in float64 those that float32 cannot tell apart: the labels are the same, in a third of the time.
 * Triangle-inequality bounds (Hamerly's, Elkan's) were slower on 100,000×16: the remaining points are scattered in
 * memory, and each costs a cache miss and a mispredicted branch.
 */
import type { Floats } from "../kernels.js";
import { rowsOf } from "../plain-points.js";
import type { CandidateDistances, Origin, PointAssignment, Points } from "../points.js";
import { ignoreWork, reportInPieces, type WorkReporter, workPerReport } from "../work-reporter.js";
import { Arena } from "./loops.js";

/** Rows of Y measured in one pass over the points: one float32 group of four. */
const rowsAtOnce = 4;

/**
 * Number of columns from which candidates are first measured in float32: k-means of 2520x500 then took 18 ms instead
 * of 22. With 100,000x16 it took 50 ms instead of 29, because the remaining points are scattered in memory.
 */
const screenedColumnsMinimum = 64;

/** Coordinates of the padding centres in an incomplete group of four: no point is nearest to them. */
const nowhere = { exact: 1e150, packed: 1e15 };

export class CompiledPoints implements Points {
  readonly #arena: Arena;
  readonly #x: Float64Array;
  /** X is scaled so that its largest number is 1 in float32: its squares then neither overflow nor vanish. */
  readonly #scale: number;
  readonly #packed: Float32Array;
  readonly #norms: Float32Array;
  readonly #centres: Float64Array;
  /** Centres stored by column; their number is rounded up to a multiple of four. */
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

  /** Points X [n,p] minus the origin, which will be assigned to k centres. */
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

  /** @throws RangeError when k differs from the k that the memory was allocated for */
  async assign(centres: Float64Array, k: number): Promise<PointAssignment> {
    if (k !== this.k) throw new RangeError(`${k} centres; the points were made for ${this.k}`);
    toColumns(centres, k, this.p, padded(k), this.#columns);
    packCentres(centres, k, this.p, this.#scale, this.#packedCentres);
    const rows = this.#rowsAtOnce(k);
    let changed = 0;
    for (let from = 0; from < this.n; from += rows)
      changed += this.#assignRows(from, Math.min(this.n, from + rows), k);
    // The results are copied: the caller may change them, and a view would keep the whole memory alive.
    const labels = this.#labels.slice(0, this.n);
    return { labels, changed, sums: this.#sums.slice(), counts: this.#counts.slice() };
  }

  /**
   * The number of rows whose distances to k centres are the work between two checks of the abort flag; a multiple of
   * four, as rows are packed in groups.
   */
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

  /**
   * The candidates' distances, each at most `#closest`. The memory for centres holds at least one group of four, so
   * the candidates fit.
   */
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

/** Labels and squared distances of one assignment, without keeping the points. */
export async function nearestByLoops(x: Floats, centres: Floats, n: number, k: number, p: number) {
  const points = new CompiledPoints(x, n, p, k, plainOrigin(p));
  const given = new Float64Array(centres);
  const { labels } = await points.assign(given, k);
  const distances = (await points.ownDistances(given)).slice();
  points.release();
  return { labels, distances };
}

/** ‖xᵢ − yⱼ‖² [n,m], without keeping the points. */
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

/** Transposes rows [m,p] to columns [p,width], padded with coordinates far from all points. */
function toColumns(rows: Floats, m: number, p: number, width: number, out: Float64Array): void {
  for (let j = 0; j < p; j++) {
    for (let r = 0; r < m; r++) out[j * width + r] = rows[r * p + j] as number;
    out.fill(nowhere.exact, j * width + m, (j + 1) * width);
  }
}

/** Packs centres [k,p] in groups of four, each number repeated four times: [⌈k/4⌉,p,4,4]. */
function packCentres(centres: Float64Array, k: number, p: number, scale: number, out: Float32Array): void {
  for (let c = 0; c < padded(k); c++) {
    for (let j = 0; j < p; j++) {
      const at = ((c >> 2) * p + j) * 16 + (c & 3) * 4;
      out.fill(c < k ? (centres[c * p + j] as number) * scale : nowhere.packed, at, at + 4);
    }
  }
}
