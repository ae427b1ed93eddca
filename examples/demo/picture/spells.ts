/** Changes as the spells between them. Pure. */
import { isRegime, type Regime } from "../parameters.js";

/** A change as the picture needs it. */
export interface Turn {
  /** Milliseconds since the epoch of the observation that brought it. */
  readonly time: number;
  readonly to: string;
}

export interface Spell {
  readonly regime: Regime;
  readonly from: number;
  readonly to: number;
}

/** The spells from one time to another, without a gap; unknown until the first change. */
export function spellsOf(turns: readonly Turn[], from: number, to: number): readonly Spell[] {
  const starts = [{ time: from, to: "unknown" }, ...turns];
  return starts.map(({ time, to: regime }, i) => ({
    regime: isRegime(regime) ? regime : "unknown",
    from: time,
    to: starts[i + 1]?.time ?? to,
  }));
}
