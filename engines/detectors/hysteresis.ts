/**
 * Decides when a regime change is declared. A raw filter changes too often to act on: a change is declared when
 * another regime's probability was at least `enterProbability` for `minDwell` observations in a row. Pure. The
 * defaults were chosen on crude oil, which is not used in any evaluation: training/hysteresis.
 */
export interface HysteresisRule {
  readonly enterProbability: number;
  /** Number of consecutive observations. */
  readonly minDwell: number;
}

export const hysteresisDefaults: HysteresisRule = { enterProbability: 0.9, minDwell: 2 };

export interface HysteresisState {
  /** Index of the current regime; -1 before the first. */
  readonly regime: number;
  readonly candidate: number;
  /** Number of observations for which the candidate's probability was high enough. */
  readonly held: number;
}

export const undecided: HysteresisState = { regime: -1, candidate: -1, held: 0 };

/** The state after an observation with these probabilities; after a change `regime` differs. */
export function decide(
  rule: HysteresisRule,
  state: HysteresisState,
  probabilities: ArrayLike<number>,
): HysteresisState {
  const likely = argmax(probabilities);
  const sure = (probabilities[likely] ?? 0) >= rule.enterProbability;
  if (!sure || likely === state.regime) return { regime: state.regime, candidate: -1, held: 0 };
  const held = likely === state.candidate ? state.held + 1 : 1;
  if (held < rule.minDwell) return { regime: state.regime, candidate: likely, held };
  return { regime: likely, candidate: -1, held: 0 };
}

function argmax(values: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if ((values[i] ?? 0) > (values[best] ?? 0)) best = i;
  return best;
}
