/** Plane (Givens) rotations of the rows of a row-major matrix, in place. */

/**
 * Collects plane rotations of neighbouring rows and applies many of them to one strip of columns while the strip is
 * in the cache.
 */
export class RotationQueue {
  static readonly #capacity = 8192;
  static readonly #stripWidth = 32; // 32 columns × 500 rows × 8 bytes = 128 kB, which fits the second-level cache
  readonly #rows = new Int32Array(RotationQueue.#capacity);
  readonly #cosines = new Float64Array(RotationQueue.#capacity);
  readonly #sines = new Float64Array(RotationQueue.#capacity);
  #length = 0;

  constructor(
    private readonly matrix: Float64Array,
    private readonly n: number,
  ) {}

  /** Rows i and i+1 become c·row_i − s·row_{i+1} and s·row_i + c·row_{i+1}. */
  push(i: number, c: number, s: number): void {
    if (this.#length === RotationQueue.#capacity) this.flush();
    this.#rows[this.#length] = i * this.n;
    this.#cosines[this.#length] = c;
    this.#sines[this.#length] = s;
    this.#length++;
  }

  flush(): void {
    for (let from = 0; from < this.n; from += RotationQueue.#stripWidth) {
      this.#rotateStrip(from, Math.min(this.n, from + RotationQueue.#stripWidth));
    }
    this.#length = 0;
  }

  /**
   * Two successive rotations that share a row, as most in a QL sweep do, are applied in one pass: that moves a
   * quarter less memory.
   */
  #rotateStrip(from: number, to: number): void {
    const { matrix, n } = this;
    const width = to - from;
    for (let q = 0; q < this.#length; q++) {
      const row = this.#rows[q] as number;
      const c = this.#cosines[q] as number;
      const s = this.#sines[q] as number;
      if (q + 1 < this.#length && this.#rows[q + 1] === row - n) {
        q++;
        const cNext = this.#cosines[q] as number;
        const sNext = this.#sines[q] as number;
        rotateTwice(matrix, row + from, n, width, c, s, cNext, sNext);
      } else {
        rotate(matrix, row + from, row + n + from, width, c, s);
      }
    }
  }
}

/** Rotates the ranges at x and x+n by c and s, then those at x−n and x by c2 and s2. */
function rotateTwice(
  a: Float64Array,
  x: number,
  n: number,
  length: number,
  c: number,
  s: number,
  c2: number,
  s2: number,
): void {
  for (let k = x; k < x + length; k++) {
    const w = a[k - n] as number;
    const v = a[k] as number;
    const y = a[k + n] as number;
    const middle = c * v - s * y;
    a[k + n] = s * v + c * y;
    a[k] = s2 * w + c2 * middle;
    a[k - n] = c2 * w - s2 * middle;
  }
}

/** Rotates two ranges of `length` numbers, which begin at x and y: x ← c·x − s·y, y ← s·x + c·y. */
export function rotate(a: Float64Array, x: number, y: number, length: number, c: number, s: number): void {
  for (let k = 0; k < length; k++) {
    const xk = a[x + k] as number;
    const yk = a[y + k] as number;
    a[x + k] = c * xk - s * yk;
    a[y + k] = s * xk + c * yk;
  }
}
