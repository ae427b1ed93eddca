/**
 * A plain regime-switching portfolio: it holds the market unless the regime is turbulent, and else cash that earns
 * nothing.
 */
import type { States } from "./ask.js";
import { daysAYear } from "./score.js";

export interface Performance {
  /** The compound return a year. */
  readonly annualReturn: number;
  /** The mean of the daily returns divided by their deviation, annualised; the risk-free rate is zero. */
  readonly sharpe: number;
  /** The deepest fall from a high, as a share of that high. */
  readonly maximumDrawdown: number;
  /** The share of the portfolio traded in a year; one full purchase or sale is 1. */
  readonly turnover: number;
}

/** The number of days before the scored ones: by then every detector is warm and has declared a regime. */
export const unscored = 504;

/** The cost of a trade as a share of the amount traded: 10 basis points. */
export const tradeCost = 0.001;

/**
 * The share of the market held on each day, decided by the regime known the day before; an unknown regime holds the
 * market.
 */
export function heldBy(declared: States): Float64Array {
  return Float64Array.from(declared, (_, t) => (t > 0 && declared[t - 1] === 1 ? 0 : 1));
}

/**
 * @param held [n] share of the market held
 * @param returns [n] simple returns of the market
 */
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
