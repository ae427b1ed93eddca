/** Changes as the spells between them. Pure. */
import { isRegime, type Regime } from "./regimes.js";

/** A change as the picture needs it. */
export interface ChartChange {
  /** Milliseconds since the epoch of the observation that brought it. */
  readonly time: number;
  readonly to: string;
  /** When it began, as far as that is known: what lies between is how late it was declared. */
  readonly since?: number;
}

export interface Spell {
  readonly regime: Regime;
  readonly from: number;
  readonly to: number;
}

/** The spells from one time to another, without a gap. */
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
