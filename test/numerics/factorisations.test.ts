import { describe, expect, it } from "vitest";
import { gram, matmul } from "../../engines/kernels/plain.js";
import { cholesky, inverseFromFactor } from "../../engines/numerics/linear-algebra/cholesky.js";
import { pseudoInverse } from "../../engines/numerics/linear-algebra/pseudo-inverse.js";
import { rightSvd } from "../../engines/numerics/linear-algebra/svd.js";
import { transpose } from "../../engines/numerics/linear-algebra/transpose.js";
import { RandomState } from "../../engines/numerics/random/random.js";
import { relativeError } from "../golden/golden.js";

function normals(length: number, seed: number): Float64Array {
  const random = new RandomState(seed);
  return Float64Array.from({ length }, () => random.normal());
}

function identity(n: number): number[] {
  return Array.from({ length: n * n }, (_, at) => (at % (n + 1) === 0 ? 1 : 0));
}

describe("cholesky", () => {
  it("factors and inverts a positive definite matrix", () => {
    const matrix = gram(normals(12 * 6, 1), 12, 6);
    const factor = cholesky(matrix, 6) ?? new Float64Array(36);
    expect(relativeError([...matmul(factor, transpose(factor, 6, 6), 6, 6, 6)], [...matrix])).toBeLessThan(
      1e-14,
    );
    const product = matmul(matrix, inverseFromFactor(factor, 6), 6, 6, 6);
    expect(relativeError([...product], identity(6))).toBeLessThan(1e-12);
  });

  it("answers null for a matrix that is not positive definite", () => {
    expect(cholesky(Float64Array.of(1, 2, 2, 1), 2)).toBeNull();
    expect(cholesky(Float64Array.of(Number.NaN), 1)).toBeNull();
  });
});

describe("pseudoInverse", () => {
  it("meets Penrose's first condition where there is no inverse", () => {
    const matrix = gram(normals(3 * 5, 2), 3, 5);
    const rebuilt = matmul(matmul(matrix, pseudoInverse(matrix, 5), 5, 5, 5), matrix, 5, 5, 5);
    expect(relativeError([...rebuilt], [...matrix])).toBeLessThan(1e-12);
    expect([...pseudoInverse(new Float64Array(4), 2)]).toEqual([0, 0, 0, 0]);
  });
});

describe("rightSvd", () => {
  it.each([
    [9, 4],
    [4, 9],
    [5, 5],
    [1, 3],
    [3, 1],
  ])("of %ix%i has orthonormal vectors that rebuild XᵀX", (n, p) => {
    const x = normals(n * p, n * p);
    const q = Math.min(n, p);
    const { singularValues, vectors } = rightSvd(x, n, p);
    expect(relativeError([...matmul(vectors, transpose(vectors, q, p), q, p, q)], identity(q))).toBeLessThan(
      1e-13,
    );
    const scaled = vectors.map(
      (value, at) => value * (singularValues[Math.floor(at / p)] ?? Number.NaN) ** 2,
    );
    const rebuilt = matmul(transpose(vectors, q, p), scaled, p, q, p);
    expect(relativeError([...rebuilt], [...gram(x, n, p)])).toBeLessThan(1e-13);
  });

  it("keeps the digits of singular values twelve orders below the largest", () => {
    // Columns of a Hadamard matrix, scaled: the singular values are known exactly.
    const x = Float64Array.of(1, 1e-12, 1, -1e-12, 1, 1e-12, 1, -1e-12);
    const { singularValues } = rightSvd(x, 4, 2);
    expect(singularValues[0]).toBeCloseTo(2, 14);
    expect((singularValues[1] ?? Number.NaN) / 2e-12).toBeCloseTo(1, 9);
  });

  it("completes the basis where singular values are zero", () => {
    const { singularValues, vectors } = rightSvd(Float64Array.of(1, 1, 1, 2, 2, 2, 0, 0, 0), 3, 3);
    expect(singularValues[0]).toBeCloseTo(Math.sqrt(15), 14);
    expect([singularValues[1], singularValues[2]]).toEqual([expect.closeTo(0, 14), expect.closeTo(0, 14)]);
    expect(relativeError([...matmul(vectors, transpose(vectors, 3, 3), 3, 3, 3)], identity(3))).toBeLessThan(
      1e-14,
    );
    expect(rightSvd(new Float64Array(4), 2, 2).singularValues).toEqual(Float64Array.of(0, 0));
  });
});
