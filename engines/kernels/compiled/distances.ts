/** Distances and nearest centres in the compiled loops, for points that are not kept. */
import type { Floats } from "../kernels.js";
import type { Origin } from "../points.js";
import { CompiledPoints } from "./points.js";

/** Labels and squared distances of one assignment, without keeping the points. */
export async function nearestByLoops(x: Floats, centres: Floats, n: number, k: number, p: number) {
  const points = new CompiledPoints(x, n, p, k, plainOrigin(p));
  const given = new Float64Array(centres);
  const { labels } = await points.assign(given, k);
  const distances = (await points.ownDistances(given)).slice();
  points.release();
  return { labels, distances };
}

/** ‖xᵢ − yⱼ‖² [n,m], without keeping the points. */
export async function distancesByLoops(x: Floats, y: Floats, n: number, m: number, p: number) {
  const points = new CompiledPoints(y, m, p, 1, plainOrigin(p));
  const distances = (await points.candidateDistances(new Float64Array(x), n)).distances.slice();
  points.release();
  return distances;
}

function plainOrigin(p: number): Origin {
  return { base: new Float64Array(p), rest: new Float64Array(p) };
}
