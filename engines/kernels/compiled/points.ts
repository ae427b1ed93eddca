/**
 * Points in WebAssembly memory. An assignment computes all distances in float32, four points at a time, and repeats
 * in float64 those that float32 cannot tell apart: the labels are the same, in a third of the time. Points of many
 * columns are first compared with half of the way from their likely centre to the next one (Elkan's first lemma).
 * Bounds that are kept for each point (Hamerly's, Elkan's) were slower on 100,000×16: the remaining points are
 * scattered in memory, and each costs a cache miss and a mispredicted branch.
 */
import type { Floats } from "../kernels.js";
import { rowsOf } from "../plain-points.js";
import type { CandidateDistances, NearestSeeds, Origin, PointAssignment, Points } from "../points.js";
import { ignoreWork, reportInPieces, type WorkReporter, workPerReport } from "../work-reporter.js";
import { Arena } from "./loops.js";
import { gaps, packCentres, padded, quarters, toColumns } from "./packing.js";

/** Rows of Y measured in one pass over the points: one float32 group of four. */
const rowsAtOnce = 4;

/**
 * Number of columns from which candidates are first measured in float32: k-means of 2520x500 then took 18 ms instead
 * of 22. With 100,000x16 it took 50 ms instead of 29, because the remaining points are scattered in memory.
 */
const screenedColumnsMinimum = 64;

/** The number of points for each centre from which the distances between centres are little work beside theirs. */
const pointsPerCentreMinimum = 64;

/** A pointer to nothing, where a loop takes an array or none. */
const none = 0;

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
  readonly #gaps: Float64Array;
  readonly #quarters: Float64Array;
  /** The centre of each point that is probably nearest before its first assignment, or -1. */
  readonly #likely: Int32Array;
  /** Whether distances between centres are asked about points first. */
  readonly #asksCentres: boolean;
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
    const floats = n * p + p * (k + kp) + kp + k * p + rowsAtOnce * (n + p + 1) + n + 2 * p + 5 * k;
    const halves = np * p + 3 * np + kp * p + k;
    const arena = Arena.borrow(floats + halves / 2, 20);
    const { loops } = arena;
    this.#arena = arena;
    this.#x = arena.floats(n * p);
    this.#x.set(x);
    this.#packed = arena.singles(np * p);
    this.#norms = arena.singles(np);
    this.#centres = arena.floats(k * p);
    this.#columns = arena.floats(p * kp);
    this.#packedCentres = arena.singles(kp * p);
    this.#row = arena.floats(kp);
    this.#y = arena.floats(rowsAtOnce * p);
    this.#labels = arena.integers(np);
    this.#sums = arena.floats(k * p);
    this.#counts = arena.integers(k);
    this.#out = arena.floats(rowsAtOnce * n);
    this.#closest = arena.floats(n);
    this.#totals = arena.floats(rowsAtOnce);
    this.#gaps = arena.floats(k);
    this.#quarters = arena.floats(k * rowsAtOnce);
    this.#likely = arena.integers(np);
    this.#asksCentres = p >= screenedColumnsMinimum && n >= pointsPerCentreMinimum * k;
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

  restart(likely?: Int32Array): void {
    if (likely === undefined) this.#likely.fill(-1);
    else this.#likely.set(likely);
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

  async candidateDistances(
    y: Float64Array,
    m: number,
    closest?: Float64Array,
    seeds?: NearestSeeds,
  ): Promise<CandidateDistances> {
    if (closest !== undefined) this.#closest.set(closest);
    const asked = this.#asksCentres ? seeds : undefined;
    if (asked !== undefined) this.#likely.set(asked.nearest);
    const measure = (rows: Float64Array, count: number) =>
      closest === undefined ? this.#measure(rows, count) : this.#approach(rows, count, asked);
    if (m <= rowsAtOnce) return measure(y, m);
    const distances = new Float64Array(m * this.n);
    const sums = new Float64Array(m);
    for (let from = 0; from < m; from += rowsAtOnce) {
      const rows = Math.min(rowsAtOnce, m - from);
      const part = measure(y.subarray(from * this.p, (from + rows) * this.p), rows);
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
    this.#centres.set(centres);
    if (this.#asksCentres) gaps(centres, k, this.p, this.#gaps);
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
      this.#centres.byteOffset,
      this.#likely.byteOffset + from * 4,
      this.#asksCentres ? this.#gaps.byteOffset : none,
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
  #approach(y: Float64Array, rows: number, seeds: NearestSeeds | undefined): CandidateDistances {
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
    if (seeds !== undefined) quarters(seeds.rows, seeds.count, y, rows, p, this.#quarters);
    loops.approach_screened(
      x,
      to,
      this.#packed.byteOffset,
      this.#norms.byteOffset,
      this.#packedCentres.byteOffset,
      n,
      rows,
      p,
      this.#scale,
      most,
      seeds === undefined ? none : this.#likely.byteOffset,
      this.#quarters.byteOffset,
      out,
      totals,
    );
    return this.#measured(rows);
  }

  #measured(rows: number): CandidateDistances {
    return { distances: this.#out.subarray(0, rows * this.n), sums: this.#totals.slice(0, rows) };
  }
}
