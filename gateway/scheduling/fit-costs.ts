/**
 * Estimates how long a fit takes, from earlier fits of similar size: the time of a PCA of a thousand columns is no
 * estimate for one of five. Sizes are divided into classes, each twice as large as the one before. Between classes
 * that were measured the estimate is interpolated; beyond them the cost is assumed to be proportional to the size.
 * Pure.
 */
import type { Parameters } from "../../engines/servable.js";
import type { WireTensors } from "../../protocol/frames.js";
import { RobustMean } from "./robust-mean.js";

/**
 * Parameters that multiply the work: starts, clusters, components, trees, paths. Iterations are not among them,
 * because most fits converge before the maximum.
 */
const multipliers = ["n_init", "n_clusters", "n_components", "n_estimators", "n_paths"];

/** @returns the logarithm to base 2 of elements times multipliers, rounded: 0 to 200 */
export function costClassOf(inputs: WireTensors, parameters: Parameters): number {
  let size = 0;
  for (const name in inputs) {
    let elements = 1;
    for (const length of inputs[name]?.shape ?? []) elements *= length;
    size += elements;
  }
  let logarithm = Math.log2(Math.max(1, size));
  for (const name of multipliers) {
    const value = parameters[name];
    if (typeof value === "number" && value >= 1) logarithm += Math.log2(value);
  }
  return Math.min(200, Math.round(logarithm));
}

/**
 * The cost is extrapolated upward at most this many classes beyond the largest measured one, so that a large request
 * is not refused because of a guess.
 */
const beyondMax = 2;

export class FitCosts {
  private readonly classes = new Map<number, RobustMean>();

  took(costClass: number, ms: number): void {
    const times = this.classes.get(costClass) ?? new RobustMean();
    this.classes.set(costClass, times);
    times.record(ms);
  }

  /** The expected milliseconds; undefined while no fit of this servable was measured. */
  expectedMs(costClass: number): number | undefined {
    const known = this.classes.get(costClass)?.mean;
    if (known !== undefined) return known;
    const below = this.nearest(costClass, -1);
    const above = this.nearest(costClass, 1);
    if (below === undefined || above === undefined) {
      const only = below ?? above;
      return only && only.ms * 2 ** Math.min(beyondMax, costClass - only.at);
    }
    const share = (costClass - below.at) / (above.at - below.at);
    return below.ms * (above.ms / below.ms) ** share;
  }

  /** The nearest measured class below (-1) or above (1). */
  private nearest(costClass: number, sign: 1 | -1): { readonly at: number; readonly ms: number } | undefined {
    let best: number | undefined;
    for (const at of this.classes.keys())
      if (sign * (at - costClass) > 0 && (best === undefined || sign * (at - best) < 0)) best = at;
    const ms = best === undefined ? undefined : this.classes.get(best)?.mean;
    return best === undefined || ms === undefined ? undefined : { at: best, ms: Math.max(ms, 1e-3) };
  }
}
