/** Draws the market with the regimes that were pushed, and how likely each was. */
import { access, constants, mkdir, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { picture } from "../../chart/picture.js";
import { changesOf } from "../../chart/stream-picture.js";
import type { RegimePath } from "../../client/typescript/index.js";
import type { Bar } from "./bars.js";
import type { ReplayResult } from "./replay.js";

/**
 * Makes the picture's folder before anything is replayed: a minute later would be late to learn that it cannot be.
 * @throws Error that names the option
 */
export async function makePictureFolder(folder: string): Promise<void> {
  try {
    await mkdir(resolve(folder), { recursive: true });
    await access(resolve(folder), constants.W_OK);
  } catch (error) {
    throw new Error(`--out: ${folder} cannot be written to: ${(error as Error).message}`);
  }
}

/** @returns the picture's path */
export async function draw(
  bars: readonly Bar[],
  { changes, path: told }: Pick<ReplayResult, "changes" | "path">,
  folder: string,
): Promise<string> {
  const began = new Map(
    told === undefined ? [] : changesOf(pathOf(told)).map(({ time, since }) => [time, since]),
  );
  const turns = changes.map(({ observed_ts: time, to }) => {
    const since = began.get(time);
    return { time, to, ...(since !== undefined && { since }) };
  });
  const line = bars.map(({ time, close: value }) => ({ time, value }));
  const path = resolve(folder, "regimes.svg");
  const crises = turns.filter(({ to }) => to === "turbulent").length;
  await writeFile(
    path,
    picture(line, turns, {
      title: "Twenty years of the S&P 500 in three regimes",
      subtitle:
        `Daily close, log scale. ${turns.length} changes, ${crises} of them to turbulent, ` +
        "each declared at that day's close from the days up to it",
      source:
        "Headgate, examples/demo: detector gaussian_hmm with three states, refitted every quarter on all of " +
        "the past; below, how likely each was. Prices: examples/data/sp500.csv",
      ...(told && { probabilities: { ...pathOf(told), values: told.probabilities } }),
    }),
  );
  return path;
}

function pathOf({ regimes, ts: times, regime, probabilities }: RegimePath) {
  return { regimes, times, regime, probabilities, before: 0 };
}
