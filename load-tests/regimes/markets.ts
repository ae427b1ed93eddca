/** Daily closes, as log returns, of the markets that the detectors are judged on. */
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { inRepository } from "../harness/places.js";

export interface Market {
  readonly name: string;
  /** The date of each return, YYYY-MM-DD, [n]. */
  readonly dates: readonly string[];
  /** Log returns in per cent, row-major [n, d]. */
  readonly rows: Float64Array;
  readonly d: number;
  /** High, low, close and volume of the same days, [n, 4]; undefined when the file does not have them. */
  readonly bars: Float64Array | undefined;
  /** The simple return of all columns in equal shares, [n]. */
  readonly portfolio: Float64Array;
}

const files = {
  sp500: "examples/data/sp500.csv",
  nasdaq: "load-tests/data/nasdaq.csv",
  "twenty-stocks": "load-tests/data/twenty-stocks.csv.gz",
  wti: "load-tests/data/wti.csv",
} as const;

export type MarketName = keyof typeof files;

export function readMarket(name: MarketName): Market {
  const bytes = readFileSync(inRepository(files[name]));
  const text = (files[name].endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8");
  return marketOf(name, text);
}

/** The index of the first day from a date on; the number of days when all lie before it. */
export function firstDayFrom(dates: readonly string[], date: string): number {
  const found = dates.findIndex((each) => each >= date);
  return found < 0 ? dates.length : found;
}

/** The part of a market before a date. */
export function before({ dates, rows, bars, portfolio, ...market }: Market, date: string): Market {
  const n = firstDayFrom(dates, date);
  return {
    ...market,
    dates: dates.slice(0, n),
    rows: rows.subarray(0, n * market.d),
    bars: bars?.subarray(0, n * 4),
    portfolio: portfolio.subarray(0, n),
  };
}

/** Reads a CSV file whose first column is the date: the column `close` when there is one, else every column. */
export function marketOf(name: string, csv: string): Market {
  const [header = "", ...lines] = csv.trimEnd().split(/\r?\n/);
  const columns = header.split(",");
  const close = columns.indexOf("close");
  const used = close > 0 ? [close] : columns.map((_, i) => i).slice(1);
  const prices = lines.map((line) => {
    const cells = line.split(",");
    const bar = ["high", "low", "close", "volume"].map((name) => Number(cells[columns.indexOf(name)]));
    return { date: cells[0] ?? "", closes: used.map((i) => Number(cells[i])), bar };
  });
  const bad = prices.find(({ closes }) => !closes.every((each) => each > 0));
  if (bad !== undefined) throw new Error(`${name}: ${bad.date} has a close that is no positive number`);
  const d = used.length;
  const n = prices.length - 1;
  const ratio = (t: number, j: number) =>
    (prices[t + 1]?.closes[j] as number) / (prices[t]?.closes[j] as number);
  return {
    name,
    d,
    dates: prices.slice(1).map(({ date }) => date),
    rows: Float64Array.from({ length: n * d }, (_, i) => 100 * Math.log(ratio(Math.floor(i / d), i % d))),
    bars: columns.includes("volume")
      ? Float64Array.from(prices.slice(1).flatMap(({ bar }) => bar))
      : undefined,
    portfolio: Float64Array.from({ length: n }, (_, t) => {
      return used.reduce((sum, _, j) => sum + (ratio(t, j) - 1) / d, 0);
    }),
  };
}
