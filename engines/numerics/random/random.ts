/**
 * numpy's RandomState: the Mersenne Twister MT19937 and numpy's legacy distributions. With the same seed it gives the
 * same numbers as numpy, so that a seeded fit uses the same random numbers as scikit-learn's. Source: Matsumoto and
 * Nishimura 1998; numpy/random/src/mt19937 and src/legacy.
 */

const size = 624;
const shift = 397;

export class RandomState {
  readonly #state = new Uint32Array(size);
  #at = size;
  #spareNormal: number | undefined;

  /** @param seed an integer from 0 to 2³² − 1 */
  constructor(seed: number) {
    let word = seed >>> 0;
    for (let i = 0; i < size; i++) {
      this.#state[i] = word;
      word = (Math.imul(1812433253, word ^ (word >>> 30)) + i + 1) >>> 0;
    }
  }

  /** A uniform number of [0, 1) with 53 random bits. */
  uniform(): number {
    const high = this.#word() >>> 5;
    const low = this.#word() >>> 6;
    return (high * 67_108_864 + low) / 9_007_199_254_740_992;
  }

  /** A uniform integer of [0, below), where 0 < below < 2³², by masked rejection, as numpy's randint. */
  integer(below: number): number {
    const largest = below - 1;
    if (largest === 0) return 0;
    const mask = 0xffffffff >>> Math.clz32(largest);
    for (;;) {
      const value = (this.#word() & mask) >>> 0;
      if (value <= largest) return value;
    }
  }

  /**
   * A standard normal number by Marsaglia's polar method, which makes two at a time: the second is kept for the next
   * call.
   */
  normal(): number {
    const spare = this.#spareNormal;
    if (spare !== undefined) {
      this.#spareNormal = undefined;
      return spare;
    }
    for (;;) {
      const x = 2 * this.uniform() - 1;
      const y = 2 * this.uniform() - 1;
      const radius = x * x + y * y;
      if (radius >= 1 || radius === 0) continue;
      const factor = Math.sqrt((-2 * Math.log(radius)) / radius);
      this.#spareNormal = factor * x;
      return factor * y;
    }
  }

  /** The integers from 0 to n − 1 in random order, by Fisher and Yates's algorithm, as numpy's legacy shuffle. */
  permutation(n: number): Int32Array {
    const order = Int32Array.from({ length: n }, (_, i) => i);
    for (let i = n - 1; i > 0; i--) {
      const j = this.#integer(i);
      const held = order[i] as number;
      order[i] = order[j] as number;
      order[j] = held;
    }
    return order;
  }

  /** A point [k] of the simplex from the symmetric Dirichlet distribution; 0 < concentration ≤ 1. */
  dirichlet(concentration: number, k: number): Float64Array {
    const draw = new Float64Array(k);
    let sum = 0;
    for (let i = 0; i < k; i++) {
      const gamma = this.#gamma(concentration);
      draw[i] = gamma;
      sum += gamma;
    }
    return draw.map((gamma) => gamma * (1 / sum));
  }

  /** A uniform integer from 0 to `largest`, by masked rejection. */
  #integer(largest: number): number {
    const mask = 2 ** (32 - Math.clz32(largest)) - 1;
    for (;;) {
      const value = (this.#word() & mask) >>> 0;
      if (value <= largest) return value;
    }
  }

  /** A standard gamma number for a shape of at most 1, by Ahrens and Dieter's rejection method, as in numpy. */
  #gamma(shape: number): number {
    if (shape === 1) return this.#exponential();
    for (;;) {
      const u = this.uniform();
      const v = this.#exponential();
      if (u <= 1 - shape) {
        const x = u ** (1 / shape);
        if (x <= v) return x;
      } else {
        const y = -Math.log((1 - u) / shape);
        const x = (1 - shape + shape * y) ** (1 / shape);
        if (x <= v + y) return x;
      }
    }
  }

  #exponential(): number {
    return -Math.log(1 - this.uniform());
  }

  /** The generator's next 32 bits, as an unsigned integer. */
  #word(): number {
    if (this.#at === size) this.#refill();
    let word = this.#state[this.#at++] as number;
    word ^= word >>> 11;
    word ^= (word << 7) & 0x9d2c5680;
    word ^= (word << 15) & 0xefc60000;
    return (word ^ (word >>> 18)) >>> 0;
  }

  #refill(): void {
    const state = this.#state;
    for (let i = 0; i < size; i++) {
      const mixed = ((state[i] as number) & 0x80000000) | ((state[(i + 1) % size] as number) & 0x7fffffff);
      state[i] = (state[(i + shift) % size] as number) ^ (mixed >>> 1) ^ (mixed & 1 ? 0x9908b0df : 0);
    }
    this.#at = 0;
  }
}
