/**
 * The conformance cases of the port `Kernels`: every backend against the definitions. Sizes go from 1×1 over ragged
 * ones to 1500 rows, past the 1,000 rounds at which gpu.js stops a loop whose bound it cannot see. One list, for the
 * test suites and for a GPU machine that has no test runner: `test/conformance/kernels.ts` and `kernels-part.ts` run it.
 */
import assert from "node:assert/strict";
import { columnMeans, distances, product, samples, transposed } from "./definitions.js";
import type { KernelCase } from "./kernel-case.js";
import { pointCases, pointsCase } from "./point-cases.js";
import { seededPointsCase } from "./seeded-point-cases.js";

const shapes = [
  [1, 1],
  [1, 5],
  [7, 3],
  [33, 17],
  [64, 64],
  [66, 71],
  [1500, 5],
  [5, 130],
] as const;

export const kernelCases: readonly KernelCase[] = [
  ...shapes.flatMap(([n, p]) => [
    gramCase(n, p),
    centredGramCase(n, p),
    scatterCase(n, p),
    matmulCase(n, p),
    reflectCase(n, p),
    pointsCase(n, p),
    distancesCase(n, p),
  ]),
  ...pointCases,
  seededPointsCase(403, 66, 4),
  seededPointsCase(402, 65, 0.3),
  seededPointsCase(361, 3, 4),
  {
    name: "product of 300x41 with 19 rows, beyond what a backend may take a short way for",
    async check(kernels, close) {
      const [a, b] = [samples(300 * 41, 20), samples(19 * 41, 21)];
      const expected = product(a, transposed(b, 19, 41), 300, 41, 19);
      close.of(await kernels.matmulTransposed(a, b, 300, 41, 19), expected);
    },
  },
  {
    name: "takes float32 input, and writes into no argument",
    async check(kernels, close) {
      const x = Float32Array.from(samples(21, 7));
      const before = x.slice();
      const expected = product(transposed(x, 7, 3), Float64Array.from(x), 3, 7, 3);
      close.of(await kernels.gram(x, 7, 3), expected);
      assert.deepEqual(x, before);
    },
  },
  {
    name: "answers overlapping calls of one size each with its own result",
    async check(kernels, close) {
      const inputs = [8, 9, 10, 11].map((seed) => samples(12 * 5, seed));
      const grams = await Promise.all(inputs.map((x) => kernels.gram(x, 12, 5)));
      grams.forEach((gram, i) => {
        const x = inputs[i] ?? new Float64Array(0);
        close.of(gram, product(transposed(x, 12, 5), x, 5, 12, 5));
      });
    },
  },
  {
    name: "ran without a fallback",
    async check(kernels) {
      assert.deepEqual(kernels.fallbacks, []);
    },
  },
];

function gramCase(n: number, p: number): KernelCase {
  return {
    name: `gram of ${n}x${p}`,
    async check(kernels, close) {
      const x = samples(n * p, 1);
      const actual = await kernels.gram(x, n, p);
      close.of(actual, product(transposed(x, n, p), x, p, n, p));
      assertSymmetric(actual, p);
    },
  };
}

function centredGramCase(n: number, p: number): KernelCase {
  return {
    name: `gram of centred ${n}x${p}, near zero and far from it`,
    async check(kernels, close) {
      for (const offset of [0, 0.1, 30]) {
        const x = samples(n * p, 21).map((value, at) => value + offset * (1 + (at % p)));
        const base = columnMeans(x, n, p);
        const about = x.map((value, at) => value - (base[at % p] as number));
        const actual = await kernels.centredGram(x, n, p, { base, rest: new Float64Array(p) });
        close.of(actual, product(transposed(about, n, p), about, p, n, p));
        assertSymmetric(actual, p);
      }
    },
  };
}

function assertSymmetric(gram: ArrayLike<number>, p: number): void {
  for (let j = 0; j < p; j++)
    for (let k = 0; k < j; k++) assert.equal(gram[j * p + k], gram[k * p + j], `[${j},${k}] as [${k},${j}]`);
}

function matmulCase(n: number, p: number): KernelCase {
  return {
    name: `matmul of ${n}x${p} and ${p}x9, and the other way round`,
    async check(kernels, close) {
      const a = samples(n * p, 2);
      const b = samples(p * 9, 3);
      close.of(await kernels.matmul(a, b, n, p, 9), product(a, b, n, p, 9));
      const flipped = transposed(a, n, p);
      const c = samples(n * 2, 4);
      close.of(await kernels.matmul(flipped, c, p, n, 2), product(flipped, c, p, n, 2));
    },
  };
}

function reflectCase(n: number, p: number): KernelCase {
  return {
    name: `product of ${n}x${p} with rows, and a block of reflections`,
    async check(kernels, close) {
      const a = samples(n * p, 12);
      const b = samples(6 * p, 13);
      const along = product(a, transposed(b, 6, p), n, p, 6);
      close.of(await kernels.matmulTransposed(a, b, n, p, 6), along);
      const t = samples(36, 14);
      const taken = product(product(along, transposed(t, 6, 6), n, 6, 6), b, n, 6, p);
      const expected = a.map((value, at) => value - (taken[at] ?? Number.NaN));
      close.of(await kernels.reflect(a, b, t, n, p, 6), expected);
    },
  };
}

function distancesCase(n: number, p: number): KernelCase {
  return {
    name: `distances and nearest of 4 centres in ${n}x${p}`,
    async check(kernels, close) {
      const x = samples(n * p, 5);
      const centres = samples(4 * p, 6);
      const expected = distances(x, centres, n, 4, p);
      close.of(await kernels.squaredDistances(x, centres, n, 4, p), expected);
      const nearest = await kernels.nearestCentre(x, centres, n, 4, p);
      assert.ok(nearest.labels instanceof Int32Array);
      close.ofNearest(nearest.labels, nearest.distances, expected);
    },
  };
}

/** Near zero, at an offset of a million, and with first rows that are far from all others. */
function scatterCase(n: number, p: number): KernelCase {
  return {
    name: `scatter ${n}x${p}, or none`,
    async check(kernels, close) {
      for (const [offset, far] of [
        [0.5, 0],
        [1e6, 0],
        [0, 1e3],
      ] as const) {
        const x = samples(n * p, 3).map((value, at) => value + offset + (at < 128 * p ? far : 0));
        const found = kernels.scatter?.(x, n, p);
        if (found === undefined) continue;
        const means = columnMeans(x, n, p);
        close.of(
          found.about.map((value, j) => value + (found.apart[j] ?? 0)),
          means,
          `means at ${offset}`,
        );
        const about = x.map((value, at) => value - (means[at % p] ?? 0));
        close.of(found.gram, product(transposed(about, n, p), about, p, n, p), `gram at ${offset}, ${far}`);
      }
    },
  };
}
