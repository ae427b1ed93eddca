/** Coordinate descent in the compiled loops against numerics/nmf-updates.ts, and that against what it promises. */
import { describe, expect, it } from "vitest";
import { CompiledDescent } from "../../engines/kernels/compiled/descent.js";
import { descend } from "../../engines/numerics/decomposition/nmf-updates.js";
import { RandomState } from "../../engines/numerics/random/random.js";

const shapes = [
  [1, 1, 1],
  [2, 1, 1],
  [1, 7, 2],
  [5, 3, 3],
  [8, 6, 4],
  [33, 17, 5],
  [17, 34, 6],
  [40, 9, 8],
  [29, 31, 13],
] as const;

describe("compiled coordinate descent", () => {
  it.each(shapes)("of %ix%i by %i parts goes as the plain loops", (n, p, k) => {
    const random = new RandomState(n + p + k);
    const draw = (count: number) => Float64Array.from({ length: count }, () => Math.abs(random.normal()));
    const x = draw(n * p);
    const weights = draw(k * n).map((value) => (value < 0.3 ? 0 : value));
    const parts = draw(k * p);
    const held = new CompiledDescent(x, n, p, k, weights, parts);
    const [found, foundParts] = [new Float64Array(k * n), new Float64Array(k * p)];
    for (const [l1, l2] of [
      [0, 0],
      [0.3, 0.7],
      [0, 0.1],
    ] as const) {
      const order = random.permutation(k);
      const ofWeights = plainly(x, n, p, weights, parts, k, l1, l2, order);
      expectClose([held.descendInWeights(l1, l2, order)], [ofWeights]);
      const flipped = Float64Array.from(x, (_, at) => x[(at % n) * p + Math.floor(at / n)] ?? Number.NaN);
      const ofParts = plainly(flipped, p, n, parts, weights, k, l1, l2, order);
      expectClose([held.descendInParts(l1, l2, order)], [ofParts]);
      held.read(found, foundParts);
      expectClose(found, weights);
      expectClose(foundParts, parts);
      expect(Math.min(...found, ...foundParts)).toBeGreaterThanOrEqual(0);
    }
    held.release();
  });

  it("leaves a part that nothing can change", () => {
    const held = new CompiledDescent(
      Float64Array.of(1, 2, 3),
      3,
      1,
      1,
      new Float64Array(3),
      new Float64Array(1),
    );
    expect(held.descendInWeights(0, 0, Int32Array.of(0))).toBe(0);
    const [weights, parts] = [new Float64Array(3).fill(9), Float64Array.of(9)];
    held.read(weights, parts);
    expect([...weights, ...parts]).toEqual([0, 0, 0, 0]);
    held.release();
  });
});

/** One update of a factor [k,m] in place, its products by the definitions. X [m,q], the other factor [k,q]. */
function plainly(
  x: Float64Array,
  m: number,
  q: number,
  factor: Float64Array,
  other: Float64Array,
  k: number,
  l1: number,
  l2: number,
  order: Int32Array,
): number {
  const products = (rows: Float64Array, count: number) =>
    Float64Array.from({ length: k * count }, (_, at) => {
      let sum = 0;
      for (let j = 0; j < q; j++)
        sum +=
          (other[Math.floor(at / count) * q + j] ?? Number.NaN) * (rows[(at % count) * q + j] ?? Number.NaN);
      return sum;
    });
  const [gram, cross] = [products(other, k), products(x, m)];
  return descend(factor, m, { gram, cross }, { l1, l2 }, order, new Float64Array(m));
}

function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>): void {
  const values = Array.from(expected);
  const scale = Math.max(1, ...values.map(Math.abs));
  const worst = Math.max(...values.map((value, i) => Math.abs((actual[i] ?? Number.NaN) - value)));
  expect(worst).toBeLessThanOrEqual(1e-11 * scale);
}
