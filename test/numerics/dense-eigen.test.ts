import { afterAll, describe, expect, it } from "vitest";
import { compiledSecularEigen } from "../../engines/kernels/compiled/secular.js";
import { createOrtKernels, createPlainKernels } from "../../engines/kernels/index.js";
import { gram, matmul } from "../../engines/kernels/plain.js";
import { eigen, eigenUnless } from "../../engines/numerics/linear-algebra/dense-eigen.js";
import { pseudoInverse, pseudoInverseOn } from "../../engines/numerics/linear-algebra/pseudo-inverse.js";
import { eigenvaluesBelow } from "../../engines/numerics/linear-algebra/sturm.js";
import { symmetricEigen } from "../../engines/numerics/linear-algebra/symmetric-eigen.js";
import { transpose } from "../../engines/numerics/linear-algebra/transpose.js";
import { RandomState } from "../../engines/numerics/random/random.js";
import { relativeError } from "../golden/golden.js";
import { secularEigen } from "../support/plain-secular.js";

const ort = createOrtKernels();
afterAll(() => ort.destroy());

function randomGram(n: number, rows: number, seed: number, scale = 1): Float64Array {
  const random = new RandomState(seed);
  return gram(
    Float64Array.from({ length: rows * n }, () => scale * random.normal()),
    rows,
    n,
  );
}

function symmetric(n: number, at: (i: number, j: number) => number): Float64Array {
  return Float64Array.from({ length: n * n }, (_, k) => at(Math.floor(k / n), k % n));
}

/** Blocks, copies and grids: what deflates, and what leaves nothing to deflate. */
const matrices: readonly (readonly [string, number, Float64Array])[] = [
  ["a Gram matrix of full rank", 130, randomGram(130, 200, 1)],
  ["one of rank 7", 137, randomGram(137, 7, 2)],
  ["tiny numbers", 64, randomGram(64, 80, 3, 1e-70)],
  ["huge numbers", 64, randomGram(64, 80, 4, 1e70)],
  ["the unit matrix", 105, symmetric(105, (i, j) => (i === j ? 1 : 0))],
  ["a diagonal of both signs", 50, symmetric(50, (i, j) => (i === j ? 20 - i : 0))],
  ["ones", 110, symmetric(110, () => 1)],
  ["the second difference", 200, symmetric(200, (i, j) => (i === j ? 2 : Math.abs(i - j) === 1 ? -1 : 0))],
  [
    "Wilkinson's W",
    101,
    symmetric(101, (i, j) => (i === j ? Math.abs(i - 50) : Math.abs(i - j) === 1 ? 1 : 0)),
  ],
  [
    "glued copies",
    120,
    symmetric(120, (i, j) =>
      i === j
        ? Math.abs((i % 21) - 10)
        : Math.abs(i - j) === 1
          ? i % 21 === 0 || j % 21 === 0
            ? 1e-9
            : 1
          : 0,
    ),
  ],
  ["a graded one", 90, symmetric(90, (i, j) => 10 ** (-(i + j) / 10))],
  ["both signs, mixed", 77, symmetric(77, (i, j) => Math.sin(1 + Math.min(i, j) * 7 + Math.max(i, j) * 13))],
];

describe.each([
  ["plain", createPlainKernels()],
  ["ort", ort],
] as const)("eigen on %s products", (_, kernels) => {
  it.each(matrices)("agrees with the plain way on %s of %i", async (_, n, matrix) => {
    const oracle = symmetricEigen(matrix, n);
    const { values, vectors } = await eigen(matrix, n, kernels);
    expect(relativeError([...values], [...oracle.values])).toBeLessThan(1e-13);
    const unit = Array.from({ length: n * n }, (_, at) => (at % (n + 1) === 0 ? 1 : 0));
    expect(relativeError([...matmul(vectors, transpose(vectors, n, n), n, n, n)], unit)).toBeLessThan(1e-13);
    const scaled = vectors.map((value, at) => value * (values[Math.floor(at / n)] ?? Number.NaN));
    const rebuilt = matmul(transpose(vectors, n, n), scaled, n, n, n);
    expect(relativeError([...rebuilt], [...matrix])).toBeLessThan(1e-12);
  });

  it("gives just the vectors of the largest when few are asked for", async () => {
    const matrix = randomGram(90, 120, 5);
    const all = await eigen(matrix, 90, kernels);
    const few = await eigen(matrix, 90, kernels, 4);
    expect(few.values).toEqual(all.values);
    expect(few.vectors).toHaveLength(4 * 90);
    expect(relativeError([...few.vectors], [...all.vectors.subarray(0, 4 * 90)])).toBeLessThan(1e-13);
  });

  it("takes the sizes where its ways change", async () => {
    for (const n of [1, 2, 3, 64, 65, 100, 101, 128, 131]) {
      const matrix = randomGram(n, n + 3, n);
      const { values } = await eigen(matrix, n, kernels);
      expect(relativeError([...values], [...symmetricEigen(matrix, n).values])).toBeLessThan(1e-13);
    }
  });
});

describe("eigenvaluesBelow", () => {
  it("counts what lies below a number, also where a pivot is zero", () => {
    // The second difference has the eigenvalues 2 − 2·cos(kπ/(n+1)); of the one of 3 rows: 0.59, 2 and 3.41.
    const [diagonal, off] = [Float64Array.of(2, 2, 2), Float64Array.of(0, -1, -1)];
    expect([0.5, 0.6, 1.9, 2.1, 3.4, 3.5].map((at) => eigenvaluesBelow(diagonal, off, at))).toEqual([
      0, 1, 1, 2, 2, 3,
    ]);
    expect(eigenvaluesBelow(diagonal, off, 1)).toBe(1);
  });
});

describe("eigenUnless", () => {
  it("gives up where the tridiagonal matrix shows that the values are unwanted", async () => {
    const matrix = randomGram(137, 7, 2);
    const below = (bound: number) => (diagonal: Float64Array, off: Float64Array) =>
      eigenvaluesBelow(diagonal, off, bound * diagonal.reduce((a, b) => Math.max(a, b))) > 0;
    expect(await eigenUnless(below(1e-6), matrix, 137, ort, 137)).toBeNull();
    expect(await eigenUnless(below(-1e-6), matrix, 137, ort, 137)).toEqual(await eigen(matrix, 137, ort));
  });
});

/** D + ρzzᵀ with poles close, far and evenly apart. */
describe("the compiled secular equation", () => {
  it.each([
    [1, 0.5],
    [2, 1],
    [3, 1e-3],
    [50, 1],
    [51, 1e3],
  ])("of %i poles and rho %d gives what the plain one gives", (k, rho) => {
    const random = new RandomState(k);
    const d = Float64Array.from({ length: k }, () => random.normal()).sort();
    if (k > 20) for (let i = 10; i < 20; i++) d[i] = (d[9] ?? 0) + (i - 9) * 1e-12;
    d.sort();
    const z = Float64Array.from({ length: k }, () => random.normal());
    const plain = secularEigen(d, z, rho, k);
    const compiled = compiledSecularEigen(d, z, rho, k);
    expect(relativeError([...compiled.values], [...plain.values])).toBeLessThan(1e-14);
    expect(relativeError([...compiled.vectors], [...plain.vectors])).toBeLessThan(1e-6);
    const square = matmul(compiled.vectors, transpose(compiled.vectors, k, k), k, k, k);
    const unit = Array.from({ length: k * k }, (_, at) => (at % (k + 1) === 0 ? 1 : 0));
    expect(relativeError([...square], unit)).toBeLessThan(1e-13);
  });
});

describe("pseudoInverseOn", () => {
  it.each([
    [60, 90],
    [60, 20],
    [1, 2],
    [7, 9],
  ])("of a %i matrix of %i rows is the plain one's", async (n, rows) => {
    const matrix = randomGram(n, rows, 6);
    const expected = pseudoInverse(matrix, n);
    expect(relativeError([...(await pseudoInverseOn(ort, matrix, n))], [...expected])).toBeLessThan(1e-10);
    expect(await pseudoInverseOn(null, matrix, n)).toEqual(expected);
  });
});
