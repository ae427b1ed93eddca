import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { gram, matmul } from "../../engines/kernels/plain.js";
import { symmetricEigen } from "../../engines/numerics/linear-algebra/symmetric-eigen.js";
import { transpose } from "../../engines/numerics/linear-algebra/transpose.js";
import { RandomState } from "../../engines/numerics/random/random.js";
import { relativeError } from "../golden/golden.js";

function randomGram(n: number, rows: number, seed: number, scale = 1): Float64Array {
  const random = new RandomState(seed);
  return gram(
    Float64Array.from({ length: rows * n }, () => scale * random.normal()),
    rows,
    n,
  );
}

/** A = VᵀΛV, VVᵀ = I, values falling. */
function expectEigen(matrix: Float64Array, n: number): void {
  const { values, vectors } = symmetricEigen(matrix, n);
  const scaled = vectors.map((value, at) => value * (values[Math.floor(at / n)] ?? Number.NaN));
  const rebuilt = matmul(transpose(vectors, n, n), scaled, n, n, n);
  expect(relativeError([...rebuilt], [...matrix])).toBeLessThan(1e-13 * n);
  const identity = Array.from({ length: n * n }, (_, at) => (at % (n + 1) === 0 ? 1 : 0));
  expect(relativeError([...matmul(vectors, transpose(vectors, n, n), n, n, n)], identity)).toBeLessThan(
    1e-13 * n,
  );
  for (let i = 1; i < n; i++) expect(values[i]).toBeLessThanOrEqual(values[i - 1] ?? Number.NaN);
}

describe("symmetricEigen", () => {
  it("rebuilds any Gram matrix from its parts", () => {
    const shape = fc.record({
      n: fc.integer({ min: 1, max: 24 }),
      rows: fc.integer({ min: 1, max: 30 }),
      seed: fc.nat(1000),
      scale: fc.constantFrom(1e-60, 1, 1e60),
    });
    fc.assert(
      fc.property(shape, ({ n, rows, seed, scale }) => {
        expectEigen(randomGram(n, rows, seed, scale), n);
      }),
      { seed: 1, numRuns: 60 },
    );
  });

  it("is exact past one queue of rotations and one strip of columns", () => {
    expectEigen(randomGram(150, 160, 3), 150);
  });

  it("takes matrices that need no rotation", () => {
    expect([...symmetricEigen(new Float64Array(9), 3).values]).toEqual([0, 0, 0]);
    const { values, vectors } = symmetricEigen(Float64Array.of(2, 0, 0, 5), 2);
    expect([...values]).toEqual([5, 2]);
    expect([...vectors].map(Math.abs)).toEqual([0, 1, 1, 0]);
    expectEigen(Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1), 3);
  });

  it("knows the second difference's eigenvalues", () => {
    const n = 20;
    const matrix = Float64Array.from({ length: n * n }, (_, at) => {
      const apart = Math.abs(Math.floor(at / n) - (at % n));
      return apart === 0 ? 2 : apart === 1 ? -1 : 0;
    });
    const expected = Array.from({ length: n }, (_, i) => 2 + 2 * Math.cos(((i + 1) * Math.PI) / (n + 1)));
    expect(relativeError([...symmetricEigen(matrix, n).values], expected)).toBeLessThan(1e-14);
  });
});
