/** The conformance cases of `Kernels.points` and of the labels, which k-means calls a backend for. */
import assert from "node:assert/strict";
import type { Points } from "../../engines/kernels/index.js";
import { distances, samples, sumOf } from "./definitions.js";
import type { DeviationCheck } from "./deviation-check.js";
import type { KernelCase } from "./kernel-case.js";

export const pointCases: readonly KernelCase[] = [
  {
    name: "takes the lowest label on a tie",
    async check(kernels) {
      const centres = Float64Array.of(1, 1, -1, -1, 1, 1);
      const { labels } = await kernels.nearestCentre(Float64Array.of(0, 0, 1, 1), centres, 2, 3, 2);
      assert.deepEqual([...labels], [0, 0]);
    },
  },
  {
    name: "counts a point in one cluster only, the lowest on a tie, also when centres swap",
    async check(kernels) {
      const points = kernels.points(Float64Array.of(7, 8, 9, 10), 4, 1, 2, origin(1, 6, 1));
      const first = await points.assign(Float64Array.of(0.5, 2.5), 2);
      assert.deepEqual(
        [[...first.labels], [...first.counts], [...first.sums], first.changed],
        [[0, 0, 1, 1], [2, 2], [1, 5], 4],
      );
      const swapped = await points.assign(Float64Array.of(2.5, 0.5), 2);
      assert.deepEqual([[...swapped.labels], [...swapped.sums], swapped.changed], [[1, 1, 0, 0], [5, 1], 4]);
      const tied = await points.assign(Float64Array.of(1, 1), 2);
      assert.deepEqual([[...tied.labels], [...tied.counts], tied.changed], [[0, 0, 0, 0], [4, 0], 2]);
      assert.deepEqual([...(await points.ownDistances(Float64Array.of(1, 9)))], [1, 0, 1, 4]);
    },
  },
];

export function origin(p: number, base = 0, rest = 0) {
  return { base: new Float64Array(p).fill(base), rest: new Float64Array(p).fill(rest) };
}

export function pointsCase(n: number, p: number): KernelCase {
  return {
    name: `points ${n}x${p} answer as the definitions do, however the centres move`,
    async check(kernels, close) {
      const x = samples(n * p, 15);
      const points = kernels.points(x, n, p, 3, origin(p));
      close.of([points.squares], [sumOf(x.map((value) => value * value))], "squares");
      assert.deepEqual([...points.rows(Int32Array.of(n - 1, 0))], [...x.slice(-p), ...x.slice(0, p)]);
      await checkApproach(points, x, [n, p], close);
      for (const start of [17, 18]) {
        points.restart();
        let before: Int32Array | undefined;
        // The centres move far at first, then less and less: the bounds save work only in the last steps.
        for (const step of [1, 0.1, 0.01, 0, 1]) {
          const drift = samples(3 * p, 19);
          const centres = samples(3 * p, start).map((value, at) => value + step * (drift[at] ?? 0));
          before = await checkAssigned(points, x, centres, [n, 3, p], before, close);
        }
      }
    },
  };
}

async function checkApproach(
  points: Points,
  x: Float64Array,
  [n, p]: readonly [number, number],
  close: DeviationCheck,
): Promise<void> {
  const y = samples(7 * p, 16);
  const far = distances(y, x, 7, n, p);
  close.of((await points.candidateDistances(y, 7)).distances, far, "approach");
  const closest = far.slice(3 * n, 4 * n);
  const bounded = far.map((value, at) => Math.min(value, closest[at % n] ?? Number.NaN));
  for (const m of [2, 7]) {
    const found = await points.candidateDistances(y.subarray(0, m * p), m, closest);
    close.of(found.distances, bounded.subarray(0, m * n), "approach within bounds");
    const sums = Float64Array.from({ length: m }, (_, t) => sumOf(bounded.subarray(t * n, t * n + n)));
    close.of(found.sums, sums, "their sums");
  }
}

/** Compares one assignment with the definitions, and returns its labels. */
export async function checkAssigned(
  points: Points,
  x: Float64Array,
  centres: Float64Array,
  [n, k, p]: readonly [number, number, number],
  before: Int32Array | undefined,
  close: DeviationCheck,
): Promise<Int32Array> {
  const { labels, changed, sums, counts } = await points.assign(centres, k);
  const own = await points.ownDistances(centres);
  close.ofNearest(labels, own, distances(x, centres, n, k, p));
  assert.equal(changed, labels.filter((label, i) => label !== before?.[i]).length, "labels that changed");
  const expected = new Float64Array(k * p);
  labels.forEach((label, i) => {
    for (let j = 0; j < p; j++)
      expected[label * p + j] = (expected[label * p + j] ?? Number.NaN) + (x[i * p + j] ?? Number.NaN);
  });
  close.of(sums, expected, "sums");
  const counted = Array.from({ length: k }, (_, c) => labels.filter((label) => label === c).length);
  assert.deepEqual([...counts], counted);
  return labels;
}
