/** A plain regime-switching portfolio: in the market, unless its regime is turbulent; cash earns nothing. */
import type { States } from "./ask.js";
import { daysAYear } from "./score.js";

export interface Performance {
  /** Compound return a year. */
  readonly annualReturn: number;
  /** Mean over deviation of daily returns, a year, against cash that earns nothing. */
  readonly sharpe: number;
  /** Deepest fall from a high, as a share of it. */
  readonly maximumDrawdown: number;
  /** Share of the portfolio traded, a year; one way in or out is 1. */
  readonly turnover: number;
}

/** What a trade costs, of the amount traded: 10 basis points. */
export const tradeCost = 0.001;

/** Shares of the market held on each day: decided by the regime known the day before; unknown is in. */
export function heldBy(declared: States): Float64Array {
  return Float64Array.from(declared, (_, t) => (t > 0 && declared[t - 1] === 1 ? 0 : 1));
}

/** @param held [n] share of the market held; @param returns [n] simple returns of the market */
export function performance(held: Float64Array, returns: Float64Array): Performance {
  let [wealth, high, drawdown, traded] = [1, 1, 0, 0];
  const daily = returns.map((each, t) => {
    const trade = t === 0 ? 0 : Math.abs((held[t] as number) - (held[t - 1] as number));
    traded += trade;
    const earned = (1 - trade * tradeCost) * (1 + (held[t] as number) * each) - 1;
    wealth *= 1 + earned;
    high = Math.max(high, wealth);
    drawdown = Math.max(drawdown, 1 - wealth / high);
    return earned;
  });
  const years = returns.length / daysAYear;
  const mean = daily.reduce((sum, each) => sum + each, 0) / daily.length;
  const variance = daily.reduce((sum, each) => sum + (each - mean) ** 2, 0) / daily.length;
  return {
    annualReturn: wealth ** (1 / years) - 1,
    sharpe: (mean / Math.sqrt(variance)) * Math.sqrt(daysAYear),
    maximumDrawdown: drawdown,
    turnover: traded / years,
  };
}
