/** Converts changes of the regime into the spells between them. Pure. */
import { isRegime, type Regime } from "./regimes.js";

/** A change of the regime, as the picture draws it. */
export interface ChartChange {
  /** Milliseconds since the epoch of the observation at which the change was declared. */
  readonly time: number;
  readonly to: string;
  /** The time at which the regime began, where it is known; the declaration's delay is the difference. */
  readonly since?: number;
}

export interface Spell {
  readonly regime: Regime;
  readonly from: number;
  readonly to: number;
}

/** The spells between two times, without gaps. */
export function spellsOf(
  turns: readonly ChartChange[],
  from: number,
  to: number,
  startsIn = "unknown",
): readonly Spell[] {
  const starts = [{ time: from, to: startsIn }, ...turns];
  return starts.map(({ time, to: regime }, i) => ({
    regime: isRegime(regime) ? regime : "unknown",
    from: time,
    to: starts[i + 1]?.time ?? to,
  }));
}
