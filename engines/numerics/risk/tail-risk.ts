/**
 * Value at risk and expected shortfall of simulated losses, with their standard errors. Of n losses in
 * ascending order, VaR at level α is the one of rank k = ⌈nα⌉; CVaR = VaR + Σ(L − VaR)⁺/(n(1 − α)), which is
 * the mean of the worst share 1 − α. Source: Rockafellar and Uryasev 2002, "Conditional value-at-risk for
 * general loss distributions".
 */
import { selectRank } from "../random/select-rank.js";

export interface TailRisk {
  readonly valueAtRisk: number;
  /** How far ranks move by one standard deviation √(nα(1 − α)), times the losses' slope about rank k. */
  readonly valueAtRiskError: number;
  readonly shortfall: number;
  /** The standard deviation of (L − VaR)⁺ over √n·(1 − α). */
  readonly shortfallError: number;
}

/** The risk at each level, 0 < level < 1; reorders the losses. */
export function tailRisk(losses: Float64Array, levels: Float64Array): TailRisk[] {
  const n = losses.length;
  const lowest = levels.reduce((least, level) => Math.min(least, level), 1);
  const from = Math.max(0, rankOf(n, lowest) - 1 - Math.ceil(rankDeviation(n, lowest)));
  selectRank(losses, from);
  const tail = losses.subarray(from).sort();
  return Array.from(levels, (level) => riskAt(tail, from, n, level));
}

/** `ascending` holds the losses of ranks `from` + 1 up to n. */
function riskAt(ascending: Float64Array, from: number, n: number, level: number): TailRisk {
  const at = rankOf(n, level) - 1 - from;
  const valueAtRisk = ascending[at] as number;
  const deviation = rankDeviation(n, level);
  const low = Math.max(0, at - Math.ceil(deviation));
  const high = Math.min(ascending.length - 1, at + Math.ceil(deviation));
  const slope = high > low ? ((ascending[high] as number) - (ascending[low] as number)) / (high - low) : 0;
  let sum = 0;
  let squares = 0;
  for (let i = at + 1; i < ascending.length; i++) {
    const excess = (ascending[i] as number) - valueAtRisk;
    sum += excess;
    squares += excess * excess;
  }
  const spread = Math.sqrt(Math.max(0, squares / n - (sum / n) ** 2) / n);
  return {
    valueAtRisk,
    valueAtRiskError: deviation * slope,
    shortfall: valueAtRisk + sum / (n * (1 - level)),
    shortfallError: spread / (1 - level),
  };
}

/** ⌈nα⌉, where rounding of n·α makes no whole number one more. */
function rankOf(n: number, level: number): number {
  return Math.min(n, Math.max(1, Math.ceil(n * level * (1 - Number.EPSILON))));
}

function rankDeviation(n: number, level: number): number {
  return Math.sqrt(n * level * (1 - level));
}
