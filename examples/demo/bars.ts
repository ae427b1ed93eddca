/** Reads the daily bars of the S&P 500 from examples/data. */
import { readFile } from "node:fs/promises";

export interface Bar {
  /** YYYY-MM-DD */
  readonly date: string;
  /** That day's close, in milliseconds since the epoch. */
  readonly time: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  /** The number of shares traded. */
  readonly volume: number;
}

const header = "date,open,high,low,close,volume";

/** @throws Error when the file is not the one examples/data/README.md describes */
export async function readBars(path: URL): Promise<readonly Bar[]> {
  const [first, ...lines] = (await readFile(path, "utf8")).trimEnd().split(/\r?\n/);
  if (first !== header) throw new Error(`${path.pathname}: expected the header ${header}`);
  return lines.map((line, i) => {
    const [date = "", , ...numbers] = line.split(",");
    const [high = NaN, low = NaN, close = NaN, volume = NaN] = numbers.map(Number);
    const time = Date.parse(`${date}T21:00:00Z`); // 16:00 in New York, in winter
    if (![time, high, low, close, volume].every(Number.isFinite))
      throw new Error(`${path.pathname}: line ${i + 2} is no daily bar: ${line}`);
    return { date, time, high, low, close, volume };
  });
}
