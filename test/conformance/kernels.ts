/**
 * The conformance suite of the port `Kernels`: every backend against the definitions, written here as
 * plainly as they read. Sizes go from 1×1 over ragged ones to 1500 rows, past the 1,000 rounds at which
 * gpu.js stops a loop whose bound it cannot see.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Kernels, Points } from "../../engines/kernels/index.js";
import { RandomState } from "../../engines/numerics/random.js";

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

export function kernelsConformance(name: string, make: () => Promise<Kernels>, tolerance: number): void {
  describe(`kernels conformance: ${name}`, () => {
    let kernels: Kernels;
    beforeAll(async () => {
      kernels = await make();
    });
    afterAll(async () => {
      await kernels.destroy();
    });

    for (const [n, p] of shapes) {
      it(`gram of ${n}x${p}`, async () => {
        const x = samples(n * p, 1);
        const expected = product(transposed(x, n, p), x, p, n, p);
        const actual = await kernels.gram(x, n, p);
        expectClose(actual, expected, tolerance);
        for (let j = 0; j < p; j++)
          for (let k = 0; k < j; k++) expect(actual[j * p + k]).toBe(actual[k * p + j]);
      });

      it(`gram of centred ${n}x${p}, near zero and far from it`, async () => {
        for (const offset of [0, 0.1, 30]) {
          const x = samples(n * p, 21).map((value, at) => value + offset * (1 + (at % p)));
          const base = columnMeans(x, n, p);
          const about = x.map((value, at) => value - (base[at % p] as number));
          const expected = product(transposed(about, n, p), about, p, n, p);
          const actual = await kernels.centredGram(x, n, p, { base, rest: new Float64Array(p) });
          expectClose(actual, expected, tolerance);
          for (let j = 0; j < p; j++)
            for (let k = 0; k < j; k++) expect(actual[j * p + k]).toBe(actual[k * p + j]);
        }
      });

      it(`matmul of ${n}x${p} and ${p}x9, and the other way round`, async () => {
        const a = samples(n * p, 2);
        const b = samples(p * 9, 3);
        expectClose(await kernels.matmul(a, b, n, p, 9), product(a, b, n, p, 9), tolerance);
        const flipped = transposed(a, n, p);
        const c = samples(n * 2, 4);
        expectClose(await kernels.matmul(flipped, c, p, n, 2), product(flipped, c, p, n, 2), tolerance);
      });

      it(`product of ${n}x${p} with rows, and a block of reflections`, async () => {
        const a = samples(n * p, 12);
        const b = samples(6 * p, 13);
        const along = product(a, transposed(b, 6, p), n, p, 6);
        expectClose(await kernels.matmulTransposed(a, b, n, p, 6), along, tolerance);
        const t = samples(36, 14);
        const taken = product(product(along, transposed(t, 6, 6), n, 6, 6), b, n, 6, p);
        const expected = a.map((value, at) => value - (taken[at] ?? Number.NaN));
        expectClose(await kernels.reflect(a, b, t, n, p, 6), expected, tolerance);
      });

      it(`points ${n}x${p} answer as the definitions do, however the centres move`, async () => {
        const x = samples(n * p, 15);
        const points = kernels.points(x, n, p, 3, origin(p));
        expectClose([points.squares], Float64Array.of(sumOf(x.map((value) => value * value))), tolerance);
        expect([...points.rows(Int32Array.of(n - 1, 0))]).toEqual([...x.slice(-p), ...x.slice(0, p)]);
        const y = samples(7 * p, 16);
        const far = distances(y, x, 7, n, p);
        expectClose((await points.approach(y, 7)).distances, far, tolerance);
        const closest = far.slice(3 * n, 4 * n);
        const bounded = far.map((value, at) => Math.min(value, closest[at % n] ?? Number.NaN));
        for (const m of [2, 7]) {
          const found = await points.approach(y.subarray(0, m * p), m, closest);
          expectClose(found.distances, bounded.subarray(0, m * n), tolerance);
          const sums = Float64Array.from({ length: m }, (_, t) => sumOf(bounded.subarray(t * n, t * n + n)));
          expectClose(found.sums, sums, tolerance);
        }
        for (const start of [17, 18]) {
          points.restart();
          let before: Int32Array | undefined;
          // Far apart at first, then closer and closer: bounds are of use only at the end.
          for (const step of [1, 0.1, 0.01, 0, 1]) {
            const drift = samples(3 * p, 19);
            const centres = samples(3 * p, start).map((value, at) => value + step * (drift[at] ?? 0));
            before = await expectAssigned(points, x, centres, [n, 3, p], before, tolerance);
          }
        }
      });

      it(`distances and nearest of 4 centres in ${n}x${p}`, async () => {
        const x = samples(n * p, 5);
        const centres = samples(4 * p, 6);
        const expected = distances(x, centres, n, 4, p);
        expectClose(await kernels.squaredDistances(x, centres, n, 4, p), expected, tolerance);
        const nearest = await kernels.nearestCentre(x, centres, n, 4, p);
        expect(nearest.labels).toBeInstanceOf(Int32Array);
        expectNearest(nearest.labels, nearest.distances, expected, tolerance);
      });
    }

    it("product of 300x41 with 19 rows, beyond what a backend may take a short way for", async () => {
      const [a, b] = [samples(300 * 41, 20), samples(19 * 41, 21)];
      const expected = product(a, transposed(b, 19, 41), 300, 41, 19);
      expectClose(await kernels.matmulTransposed(a, b, 300, 41, 19), expected, tolerance);
    });

    it("takes the lowest label on a tie", async () => {
      const centres = Float64Array.of(1, 1, -1, -1, 1, 1);
      const { labels } = await kernels.nearestCentre(Float64Array.of(0, 0, 1, 1), centres, 2, 3, 2);
      expect([...labels]).toEqual([0, 0]);
    });

    it("counts a point in one cluster only, the lowest on a tie, also when centres swap", async () => {
      const points = kernels.points(Float64Array.of(7, 8, 9, 10), 4, 1, 2, origin(1, 6, 1));
      const first = await points.assign(Float64Array.of(0.5, 2.5), 2);
      expect([[...first.labels], [...first.counts], [...first.sums], first.changed]).toEqual([
        [0, 0, 1, 1],
        [2, 2],
        [1, 5],
        4,
      ]);
      const swapped = await points.assign(Float64Array.of(2.5, 0.5), 2);
      expect([[...swapped.labels], [...swapped.sums], swapped.changed]).toEqual([[1, 1, 0, 0], [5, 1], 4]);
      const tied = await points.assign(Float64Array.of(1, 1), 2);
      expect([[...tied.labels], [...tied.counts], tied.changed]).toEqual([[0, 0, 0, 0], [4, 0], 2]);
      expect([...(await points.ownDistances(Float64Array.of(1, 9)))]).toEqual([1, 0, 1, 4]);
    });

    it("takes float32 input, and writes into no argument", async () => {
      const x = Float32Array.from(samples(21, 7));
      const before = x.slice();
      const expected = product(transposed(x, 7, 3), Float64Array.from(x), 3, 7, 3);
      expectClose(await kernels.gram(x, 7, 3), expected, tolerance);
      expect(x).toEqual(before);
    });

    it("answers overlapping calls of one size each with its own result", async () => {
      const inputs = [8, 9, 10, 11].map((seed) => samples(12 * 5, seed));
      const grams = await Promise.all(inputs.map((x) => kernels.gram(x, 12, 5)));
      grams.forEach((gram, i) => {
        const x = inputs[i] ?? new Float64Array(0);
        expectClose(gram, product(transposed(x, 12, 5), x, 5, 12, 5), tolerance);
      });
    });

    it("ran without a fallback", () => {
      expect(kernels.fallbacks).toEqual([]);
    });
  });
}

function origin(p: number, base = 0, rest = 0) {
  return { base: new Float64Array(p).fill(base), rest: new Float64Array(p).fill(rest) };
}

function columnMeans(x: Float64Array, n: number, p: number): Float64Array {
  const means = new Float64Array(p);
  x.forEach((value, at) => {
    means[at % p] = (means[at % p] as number) + value / n;
  });
  return means;
}

function sumOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0);
}

/** Asserts one assignment against the definitions; answers its labels. */
async function expectAssigned(
  points: Points,
  x: Float64Array,
  centres: Float64Array,
  [n, k, p]: readonly [number, number, number],
  before: Int32Array | undefined,
  tolerance: number,
): Promise<Int32Array> {
  const { labels, changed, sums, counts } = await points.assign(centres, k);
  const own = await points.ownDistances(centres);
  expectNearest(labels, own, distances(x, centres, n, k, p), tolerance);
  expect(changed).toBe(labels.filter((label, i) => label !== before?.[i]).length);
  const expected = new Float64Array(k * p);
  labels.forEach((label, i) => {
    for (let j = 0; j < p; j++)
      expected[label * p + j] = (expected[label * p + j] ?? Number.NaN) + (x[i * p + j] ?? Number.NaN);
  });
  expectClose(sums, expected, tolerance);
  expect([...counts]).toEqual(Array.from({ length: k }, (_, c) => labels.filter((l) => l === c).length));
  return labels;
}

/** Standard normal numbers, rounded to float32 so that every backend sees the same input. */
export function samples(count: number, seed: number): Float64Array {
  const random = new RandomState(seed);
  return Float64Array.from({ length: count }, () => Math.fround(random.normal()));
}

function product(a: ArrayLike<number>, b: ArrayLike<number>, m: number, k: number, n: number): Float64Array {
  return Float64Array.from({ length: m * n }, (_, at) => {
    const i = Math.floor(at / n);
    let sum = 0;
    for (let l = 0; l < k; l++) sum += (a[i * k + l] ?? Number.NaN) * (b[l * n + (at % n)] ?? Number.NaN);
    return sum;
  });
}

function transposed(a: ArrayLike<number>, rows: number, columns: number): Float64Array {
  return Float64Array.from({ length: rows * columns }, (_, at) => {
    return a[(at % rows) * columns + Math.floor(at / rows)] ?? Number.NaN;
  });
}

function distances(x: Float64Array, y: Float64Array, n: number, m: number, p: number): Float64Array {
  return Float64Array.from({ length: n * m }, (_, at) => {
    const i = Math.floor(at / m);
    const j = at % m;
    let sum = 0;
    for (let l = 0; l < p; l++) sum += ((x[i * p + l] ?? Number.NaN) - (y[j * p + l] ?? Number.NaN)) ** 2;
    return sum;
  });
}

/** Close by the size of the largest number: a sum of products may cancel to near zero. */
function expectClose(actual: ArrayLike<number>, expected: Float64Array, tolerance: number): void {
  expect(actual.length).toBe(expected.length);
  const scale = Math.max(...expected.map(Math.abs));
  const worst = Math.max(...expected.map((value, i) => Math.abs((actual[i] ?? Number.NaN) - value)));
  expect(worst).toBeLessThanOrEqual(tolerance * scale);
}

/** A label is right when no centre is nearer by more than the tolerance. */
function expectNearest(
  labels: Int32Array,
  found: ArrayLike<number>,
  all: Float64Array,
  tolerance: number,
): void {
  const k = all.length / labels.length;
  const least = Float64Array.from(labels, (_, i) => Math.min(...all.subarray(i * k, i * k + k)));
  expectClose(found, least, tolerance);
  const atLabel = Float64Array.from(labels, (label, i) => all[i * k + label] ?? Number.NaN);
  expectClose(atLabel, least, tolerance);
}
