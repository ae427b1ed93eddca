/**
 * Coordinate descent for two non-negative factors, X ≈ WH, in WebAssembly memory; an iteration is a few short calls.
 * Each row is padded to an even length with a zero.
 */
import type { Floats } from "../kernels.js";
import { Arena, type CompiledLoops } from "./loops.js";

/** A factor [k,m], and X arranged so that it has one row for each column of the factor [m,q]. */
interface FactorArrays {
  readonly m: number;
  readonly factor: Float64Array;
  readonly x: Float64Array;
  readonly gram: Float64Array;
  readonly cross: Float64Array;
}

export class CompiledDescent {
  readonly #arena: Arena;
  readonly #loops: CompiledLoops;
  readonly #weights: FactorArrays;
  readonly #parts: FactorArrays;
  readonly #order: Int32Array;

  /** X [n,p] and the initial factors: W transposed [k,n] and H [k,p]. */
  constructor(
    x: Floats,
    n: number,
    p: number,
    private readonly k: number,
    weights: Floats,
    parts: Floats,
  ) {
    const [ne, pe] = [even(n), even(p)];
    this.#arena = Arena.borrow(n * pe + p * ne + 2 * k * (ne + pe + k) + k, 9);
    this.#loops = this.#arena.loops;
    this.#weights = this.#side(n, p, weights);
    this.#parts = this.#side(p, n, parts);
    this.#order = this.#arena.integers(k);
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < p; j++) {
        const value = x[i * p + j] as number;
        this.#weights.x[i * pe + j] = value;
        this.#parts.x[j * ne + i] = value;
      }
    }
  }

  /** One descent in W; returns how far W's gradient was from the optimum. */
  descendInWeights(l1: number, l2: number, order: Int32Array): number {
    return this.#descend(this.#weights, this.#parts, l1, l2, order);
  }

  descendInParts(l1: number, l2: number, order: Int32Array): number {
    return this.#descend(this.#parts, this.#weights, l1, l2, order);
  }

  /** Copies the factors into the caller's arrays. */
  read(weights: Float64Array, parts: Float64Array): void {
    for (const [{ factor, m }, out] of [
      [this.#weights, weights],
      [this.#parts, parts],
    ] as const)
      for (let c = 0; c < this.k; c++) out.set(factor.subarray(c * even(m), c * even(m) + m), c * m);
  }

  release(): void {
    this.#arena.release();
  }

  #side(m: number, q: number, start: Floats): FactorArrays {
    const { k } = this;
    const factor = this.#arena.floats(k * even(m)).fill(0);
    for (let c = 0; c < k; c++) factor.set(start.subarray(c * m, (c + 1) * m), c * even(m));
    const x = this.#arena.floats(m * even(q)).fill(0);
    const [gram, cross] = [this.#arena.floats(k * k), this.#arena.floats(k * even(m)).fill(0)];
    return { m, factor, x, gram, cross };
  }

  #descend(side: FactorArrays, other: FactorArrays, l1: number, l2: number, order: Int32Array): number {
    const { k } = this;
    const [m, q] = [even(side.m), even(other.m)];
    const [factor, fixed] = [side.factor.byteOffset, other.factor.byteOffset];
    const [gram, cross] = [side.gram.byteOffset, side.cross.byteOffset];
    this.#loops.row_products(fixed, fixed, k, k, q, gram, k);
    this.#loops.row_products(fixed, side.x.byteOffset, k, side.m, q, cross, m);
    this.#order.set(order);
    return this.#loops.descend(factor, m, k, this.#order.byteOffset, gram, cross, l1, l2);
  }
}

function even(count: number): number {
  return count + (count & 1);
}
