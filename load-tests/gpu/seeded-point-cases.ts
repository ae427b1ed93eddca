/**
 * The conformance case of points that know their nearest seed: they may leave out distances that the triangle
 * inequality tells, and must answer as without.
 */
import assert from "node:assert/strict";
import { distances, samples, sumOf } from "./definitions.js";
import type { KernelCase } from "./kernel-case.js";
import { checkAssigned, origin } from "./point-cases.js";

const k = 5;

/** @param spread how far the clusters lie apart; at 0 they are one, and the inequality tells nothing */
export function seededPointsCase(n: number, p: number, spread: number): KernelCase {
  return {
    name: `points ${n}x${p} that know their nearest seeds, spread ${spread}, answer as without`,
    async check(kernels, close) {
      const middles = samples(k * p, 23);
      // Runs of seven rows are of one cluster, so that groups of four are whole, torn and mixed.
      const x = samples(n * p, 24).map(
        (value, at) => value + spread * (middles[(Math.floor(at / p / 7) % k) * p + (at % p)] ?? Number.NaN),
      );
      const rows = Float64Array.from({ length: k * p }, (_, at) => x[at * 7 - (at % p) * 6] ?? Number.NaN);
      const points = kernels.points(x, n, p, k, origin(p));
      for (const count of [1, 3, k]) {
        const from = distances(x, rows.subarray(0, count * p), n, count, p);
        const seedOf = (i: number) => {
          const own = from.subarray(i * count, (i + 1) * count);
          return own.indexOf(Math.min(...own));
        };
        const nearest = Int32Array.from({ length: n }, (_, i) => seedOf(i));
        const closest = Float64Array.from(nearest, (seed, i) => from[i * count + seed] ?? Number.NaN);
        for (const m of [2, 4, 6]) {
          const y = x.subarray(11 * p, (11 + m) * p);
          const expected = distances(y, x, m, n, p).map((d, at) =>
            Math.min(d, closest[at % n] ?? Number.NaN),
          );
          const found = await points.candidateDistances(y, m, closest, { rows, count, nearest });
          close.of(found.distances, expected, `${count} seeds, ${m} candidates`);
          const sums = Float64Array.from({ length: m }, (_, t) => sumOf(expected.subarray(t * n, t * n + n)));
          close.of(found.sums, sums, "their sums");
        }
        // Some of what is likely is wrong, and of some points nothing is.
        points.restart(nearest.map((seed, i) => (i % 11 === 0 ? -1 : i % 13 === 0 ? (seed + 1) % k : seed)));
        const centres = rows.map((value, at) => value + 0.1 * (middles[at] ?? 0));
        const before = await checkAssigned(points, x, rows, [n, k, p], undefined, close);
        await checkAssigned(points, x, centres, [n, k, p], before, close);
      }
      points.release();
      assert.ok(n > 64 * k, "enough points for each centre, so that a backend may ask the centres");
    },
  };
}
