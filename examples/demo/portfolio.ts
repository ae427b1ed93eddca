/**
 * What the signal was worth: a portfolio with and without it after costs, by the rule of `npm run bench -- regimes`.
 */
import { type Change, connect } from "../../client/typescript/index.js";
import { declared, statesOf } from "../../load-tests/regimes/ask.js";
import { before, type Market, readMarket } from "../../load-tests/regimes/markets.js";
import { heldBy, type Performance, performance, unscored } from "../../load-tests/regimes/portfolio.js";
import type { Bar } from "./bars.js";
import { clientOptions, detector } from "./parameters.js";

/** How the settings behind a row relate to the market that it is scored on. */
export type SampleRelation = "in_sample" | "out_of_sample" | "no_signal";

export interface PortfolioRow {
  readonly name: string;
  readonly sample: SampleRelation;
  readonly performance: Performance;
}

export interface PortfolioComparison {
  /** The first and the last scored day, YYYY-MM-DD. */
  readonly from: string;
  readonly to: string;
  readonly rows: readonly PortfolioRow[];
}

/**
 * Scores the changes that the replay was pushed, and those of the detector with its defaults, which is asked now.
 * Undefined when the market has too few days to score any.
 */
export async function portfolioOf(
  url: string,
  bars: readonly Bar[],
  pushed: readonly Change[],
): Promise<PortfolioComparison | undefined> {
  if (bars.length - 1 <= unscored) return undefined;
  const market = marketOf(bars);
  const gate = await connect(url, { ...clientOptions, client: "portfolio" });
  try {
    const defaults = await declared(gate, market, detector.detector);
    const replayed = statesOf(
      bars.slice(1).map(({ time }) => time),
      pushed,
    );
    return compared(market, [
      ["out while turbulent, as replayed above", "in_sample", heldBy(replayed)],
      ["out while turbulent, default settings", "out_of_sample", heldBy(defaults)],
    ]);
  } finally {
    await gate.close();
  }
}

/** The returns of these bars, as the bench reads them. */
function marketOf(bars: readonly Bar[]): Market {
  const whole = readMarket("sp500");
  const next = whole.dates[bars.length - 1];
  return next === undefined ? whole : before(whole, next);
}

/** @param signals of each row its name, its relation to the market, and the share of the market held, [n] */
export function compared(
  { dates, portfolio }: Pick<Market, "dates" | "portfolio">,
  signals: readonly (readonly [string, SampleRelation, Float64Array])[],
): PortfolioComparison {
  const held: (typeof signals)[number] = [
    "held all the time",
    "no_signal",
    new Float64Array(portfolio.length).fill(1),
  ];
  return {
    from: dates[unscored] ?? "",
    to: dates.at(-1) ?? "",
    rows: [held, ...signals].map(([name, sample, shares]) => ({
      name,
      sample,
      performance: performance(shares.subarray(unscored), portfolio.subarray(unscored)),
    })),
  };
}
