import { afterAll, describe, expect, it } from "vitest";
import { compiledSecularSingular } from "../../engines/kernels/compiled/secular.js";
import { createOrtKernels, createPlainKernels } from "../../engines/kernels/index.js";
import { matmul } from "../../engines/kernels/plain.js";
import { bidiagonalRightSvd } from "../../engines/numerics/linear-algebra/bidiagonal-svd.js";
import { denseRightSvd } from "../../engines/numerics/linear-algebra/dense-svd.js";
import { rightSvd } from "../../engines/numerics/linear-algebra/svd.js";
import { transpose } from "../../engines/numerics/linear-algebra/transpose.js";
import { RandomState } from "../../engines/numerics/random/random.js";
import { relativeError } from "../golden/golden.js";

const ort = createOrtKernels();
afterAll(() => ort.destroy());

function entries(n: number, p: number, at: (i: number, j: number) => number): Float64Array {
  return Float64Array.from({ length: n * p }, (_, k) => at(Math.floor(k / p), k % p));
}

function normals(n: number, p: number, seed: number, scale = 1): Float64Array {
  const random = new RandomState(seed);
  return Float64Array.from({ length: n * p }, () => scale * random.normal());
}

/** Columns that are copies of others, sums of others, and constant. */
function collinear(n: number, p: number, seed: number): Float64Array {
  const a = normals(n, p, seed);
  for (let row = 0; row < n * p; row += p) {
    a[row + 1] = a[row] as number;
    a[row + 3] = 2 * (a[row + 2] as number) - (a[row + 4] as number);
    a[row + 5] = 7;
    a[row + 6] = 7;
  }
  return a;
}

/** The largest numbers beside the diagonal of V·Vᵀ − 1. */
function fromOrthonormal(vectors: Float64Array, count: number, p: number): number {
  const square = matmul(vectors, transpose(vectors, count, p), count, p, count);
  return square.reduce((worst, value, at) => {
    return Math.max(worst, Math.abs(value - (at % (count + 1) === 0 ? 1 : 0)));
  }, 0);
}

/** How far Vᵀ's images AV are from being orthogonal and of the singular values' lengths, over the largest one. */
function fromDiagonal(a: Float64Array, n: number, p: number, vectors: Float64Array, values: Float64Array) {
  const q = values.length;
  const most = values[0] || 1;
  const images = matmul(vectors, transpose(a, n, p), q, p, n).map((value) => value / most);
  const square = matmul(images, transpose(images, q, n), q, n, q);
  return square.reduce((worst, value, at) => {
    const i = Math.floor(at / q);
    return Math.max(worst, Math.abs(value - (at % q === i ? ((values[i] as number) / most) ** 2 : 0)));
  }, 0);
}

/** LAPACK's own tests allow 30 last digits times the size. */
const lastDigits = 40 * Number.EPSILON;

/** The rotations of the oracle round each row some hundred times, and lose 60 last digits at a size of 120. */
const oracleDigits = 150 * Number.EPSILON;

const matrices: readonly (readonly [string, number, number, Float64Array])[] = [
  ["normal numbers", 120, 120, normals(120, 120, 1)],
  ["one row more than columns", 71, 70, normals(71, 70, 2)],
  ["one column more than rows", 70, 71, normals(70, 71, 3)],
  ["copies, sums and constants among tall columns", 200, 60, collinear(200, 60, 4)],
  ["copies, sums and constants among wide ones", 50, 130, collinear(50, 130, 5)],
  ["rank 3 of 100", 110, 100, matmul(normals(110, 3, 6), normals(3, 100, 7), 110, 3, 100)],
  ["ones", 64, 50, entries(64, 50, () => 1)],
  ["zeros", 40, 30, new Float64Array(1200)],
  ["the unit matrix", 90, 90, entries(90, 90, (i, j) => (i === j ? 1 : 0))],
  ["a shift, whose values are 1 and one 0", 90, 90, entries(90, 90, (i, j) => (j === i + 1 ? 1 : 0))],
  ["a bidiagonal one", 85, 85, entries(85, 85, (i, j) => (i === j || j === i + 1 ? 1 : 0))],
  ["blocks that are equal", 96, 96, entries(96, 96, (i, j) => (i >> 4 === j >> 4 ? 1 : 0))],
  ["Hilbert's, of condition 1e19", 60, 60, entries(60, 60, (i, j) => 1 / (i + j + 1))],
  ["values over 280 orders", 70, 70, entries(70, 70, (i, j) => (i === j ? 10 ** (-4 * i) : 0))],
  ["rows over 40 orders", 60, 45, entries(60, 45, (i, j) => Math.sin(7 * i + 3 * j * j) * 10 ** -i)],
  ["tiny numbers", 60, 50, normals(60, 50, 8, 1e-200)],
  ["huge numbers", 50, 60, normals(50, 60, 9, 1e200)],
];

describe.each([
  ["plain", createPlainKernels()],
  ["ort", ort],
] as const)("denseRightSvd on %s products", (_, kernels) => {
  it.each(matrices)("agrees with Jacobi's rotations on %s", async (_, n, p, a) => {
    const oracle = rightSvd(a, n, p).singularValues;
    const { singularValues, vectors } = await denseRightSvd(a, n, p, kernels);
    expect(relativeError([...singularValues], [...oracle])).toBeLessThan(oracleDigits);
    expect(fromOrthonormal(vectors, singularValues.length, p)).toBeLessThan(1e-14 * Math.min(n, p));
    expect(fromDiagonal(a, n, p, vectors, singularValues)).toBeLessThan(lastDigits);
    expect([...singularValues]).toEqual([...singularValues].sort((x, y) => y - x));
  });

  it("takes the sizes where its ways change", async () => {
    for (const n of [1, 2, 20, 21, 22, 23, 41, 42, 43, 44, 65]) {
      for (const p of [n, n + 1, n + 33]) {
        const a = normals(n, p, n + p);
        const { singularValues, vectors } = await denseRightSvd(a, n, p, kernels);
        expect(relativeError([...singularValues], [...rightSvd(a, n, p).singularValues])).toBeLessThan(
          oracleDigits,
        );
        expect(fromOrthonormal(vectors, n, p), `${n} × ${p}`).toBeLessThan(1e-14 * n + 1e-14);
        expect(fromDiagonal(a, n, p, vectors, singularValues), `${n} × ${p}`).toBeLessThan(lastDigits);
      }
    }
  });

  it("gives just the vectors of the largest when few are asked for", async () => {
    for (const [n, p] of [
      [90, 90],
      [60, 100],
      [100, 60],
    ] as const) {
      const a = normals(n, p, 5);
      const all = await denseRightSvd(a, n, p, kernels);
      const few = await denseRightSvd(a, n, p, kernels, 4);
      expect(few.singularValues).toEqual(all.singularValues);
      expect(relativeError([...few.vectors], [...all.vectors.subarray(0, 4 * p)])).toBeLessThan(1e-13);
    }
  });

  it("leaves its matrix as it was", async () => {
    const a = normals(50, 70, 11);
    const before = a.slice();
    await denseRightSvd(a, 50, 70, kernels);
    expect(a).toEqual(before);
  });
});

describe("bidiagonalRightSvd", () => {
  it("finds values that are equal, zero and apart by last digits", async () => {
    const n = 130;
    const diagonal = Float64Array.from(
      { length: n },
      (_, i) => [1, 1, 0, 1 + Number.EPSILON, 1e-16][i % 5] as number,
    );
    const above = Float64Array.from({ length: n }, (_, i) => [1e-16, 0, 1, 1e-8, 1][i % 5] as number);
    const { values, vectors } = await bidiagonalRightSvd(diagonal, above, createPlainKernels(), n);
    const dense = entries(n, n, (i, j) => (j === i ? diagonal[i] : j === i + 1 ? above[i] : 0) as number);
    expect(relativeError([...values].reverse(), [...rightSvd(dense, n, n).singularValues])).toBeLessThan(
      oracleDigits,
    );
    expect(fromOrthonormal(vectors, n, n)).toBeLessThan(1e-14 * n);
  });
});

describe("the compiled secular equation of singular values", () => {
  it("gives what Jacobi's rotations give of the matrix it stands for", () => {
    for (const k of [1, 2, 3, 30, 31]) {
      const z = normals(1, k, k);
      const d = normals(1, k, k + 1)
        .map(Math.abs)
        .sort();
      d[0] = 0;
      const matrix = entries(k, k, (i, j) => (i === 0 ? z[j] : i === j ? d[j] : 0) as number);
      const oracle = rightSvd(matrix, k, k);
      const { values, vectors } = compiledSecularSingular(d, z, k);
      expect(relativeError([...values].reverse(), [...oracle.singularValues])).toBeLessThan(oracleDigits);
      expect(fromOrthonormal(vectors, k, k)).toBeLessThan(1e-14 * k);
    }
  });
});
