/**
 * Points in the memory of the compiled loops. Lloyd's iterations keep bounds on each point's distances, so
 * that most points are left alone once centres move little: with the same labels, since a bound decides
 * only where rounding could not.
 */
import type { Floats } from "../kernels.js";
import type { Assignment, Points } from "../points.js";
import { Arena } from "./loops.js";

/** Rows of Y measured in one pass over the points: what fills the loop's registers. */
const rowsAtOnce = 4;

export class CompiledPoints implements Points {
  readonly #arena: Arena;
  readonly #x: Float64Array;
  readonly #centres: Float64Array;
  /** Centres, or rows of Y, in columns: their number rounded up to a multiple of four. */
  readonly #columns: Float64Array;
  readonly #row: Float64Array;
  readonly #labels: Int32Array;
  readonly #upper: Float64Array;
  readonly #lower: Float64Array;
  readonly #gaps: Float64Array;
  readonly #moves: Float64Array;
  readonly #sums: Float64Array;
  readonly #counts: Int32Array;
  /** What `squaredDistances` answers in, four rows at a time; `ownDistances` in the first of them. */
  readonly #out: Float64Array;

  /** Points X [n,p] that will be assigned to k centres. */
  constructor(
    x: Floats,
    private readonly n: number,
    private readonly p: number,
    private readonly k: number,
  ) {
    const kp = Math.max(rowsAtOnce, padded(k));
    const arena = new Arena(n * p + n * (rowsAtOnce + 3) + p * (2 * k + kp) + 4 * kp, 16);
    this.#arena = arena;
    this.#x = arena.floats(n * p);
    this.#x.set(x);
    this.#centres = arena.floats(k * p);
    this.#columns = arena.floats(p * kp);
    this.#row = arena.floats(kp);
    this.#labels = arena.integers(n);
    this.#upper = arena.floats(n);
    this.#lower = arena.floats(n);
    this.#gaps = arena.floats(k);
    this.#moves = arena.floats(k);
    this.#sums = arena.floats(k * p);
    this.#counts = arena.integers(k);
    this.#out = arena.floats(rowsAtOnce * n);
    this.restart();
  }

  restart(): void {
    this.#labels.fill(-1);
    this.#sums.fill(0);
    this.#counts.fill(0);
  }

  async squaredDistances(y: Floats, m: number): Promise<Float64Array> {
    const { n, p } = this;
    const out = new Float64Array(m * n);
    for (let from = 0; from < m; from += rowsAtOnce) {
      const rows = Math.min(rowsAtOnce, m - from);
      toColumns(y.subarray(from * p, (from + rows) * p), rows, p, rowsAtOnce, this.#columns);
      this.#arena.loops.squared_distances(
        this.#x.byteOffset,
        this.#columns.byteOffset,
        n,
        rows,
        rowsAtOnce,
        p,
        this.#row.byteOffset,
        this.#out.byteOffset,
      );
      out.set(this.#out.subarray(0, rows * n), from * n);
    }
    return out;
  }

  /** @throws RangeError for another k than the points were made for */
  async assign(centres: Float64Array, k: number): Promise<Assignment> {
    if (k !== this.k) throw new RangeError(`${k} centres; the points were made for ${this.k}`);
    const farthest = this.#moveTo(centres);
    toColumns(centres, k, this.p, padded(k), this.#columns);
    const changed = this.#arena.loops.assign(
      this.#x.byteOffset,
      this.#centres.byteOffset,
      this.#columns.byteOffset,
      this.n,
      k,
      padded(k),
      this.p,
      this.#labels.byteOffset,
      this.#upper.byteOffset,
      this.#lower.byteOffset,
      this.#gaps.byteOffset,
      this.#moves.byteOffset,
      farthest.most,
      farthest.second,
      farthest.mover,
      this.#sums.byteOffset,
      this.#counts.byteOffset,
      this.#row.byteOffset,
    );
    // Copies: whoever asked may change them, and an answer must not keep the whole memory alive.
    return {
      labels: this.#labels.slice(),
      changed,
      sums: this.#sums.slice(),
      counts: this.#counts.slice(),
    };
  }

  async ownDistances(centres: Float64Array): Promise<Float64Array> {
    this.#columns.set(centres); // #centres must keep what the bounds are about
    this.#arena.loops.own_distances(
      this.#x.byteOffset,
      this.#columns.byteOffset,
      this.#labels.byteOffset,
      this.n,
      this.p,
      this.#out.byteOffset,
    );
    return this.#out.slice(0, this.n);
  }

  /** Takes the new centres, and notes how far each went and how far the next one is. */
  #moveTo(centres: Float64Array) {
    const { k, p } = this;
    let mover = 0;
    for (let c = 0; c < k; c++) {
      this.#moves[c] = distance(centres, c * p, this.#centres, c * p, p);
      if ((this.#moves[c] as number) > (this.#moves[mover] as number)) mover = c;
      let next = Number.POSITIVE_INFINITY;
      for (let d = 0; d < k; d++)
        if (d !== c) next = Math.min(next, distance(centres, c * p, centres, d * p, p));
      this.#gaps[c] = next / 2;
    }
    let second = 0;
    for (let c = 0; c < k; c++) if (c !== mover) second = Math.max(second, this.#moves[c] as number);
    this.#centres.set(centres);
    return { mover, most: this.#moves[mover] as number, second };
  }
}

/** The squared Euclidean distances and labels of one question, without keeping the points. */
export async function nearestByLoops(x: Floats, centres: Floats, n: number, k: number, p: number) {
  const points = new CompiledPoints(x, n, p, k);
  const given = new Float64Array(centres);
  const { labels } = await points.assign(given, k);
  return { labels, distances: await points.ownDistances(given) };
}

function padded(count: number): number {
  return Math.ceil(count / 4) * 4;
}

/** Rows [m,p] as columns [p,width]; the columns beyond m are as far away as can be squared. */
function toColumns(rows: Floats, m: number, p: number, width: number, out: Float64Array): void {
  for (let j = 0; j < p; j++) {
    for (let r = 0; r < m; r++) out[j * width + r] = rows[r * p + j] as number;
    out.fill(1e150, j * width + m, (j + 1) * width);
  }
}

function distance(a: Float64Array, atA: number, b: Float64Array, atB: number, p: number): number {
  let sum = 0;
  for (let j = 0; j < p; j++) sum += ((a[atA + j] as number) - (b[atB + j] as number)) ** 2;
  return Math.sqrt(sum);
}
