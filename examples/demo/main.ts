/**
 * `npm run demo`: starts a gateway, replays twenty years of the S&P 500 through it with a feed, agents and a
 * subscriber, prints the regime changes and answers they received, and draws them.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { relative, resolve } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { picture } from "../../chart/picture.js";
import { changesOf } from "../../chart/stream-picture.js";
import type { RegimePath } from "../../client/typescript/index.js";
import { type Bar, readBars } from "./bars.js";
import { changeLine, changesTable } from "./change-lines.js";
import { inRepository, startGateway } from "./local-gateway.js";
import { type ReplayResult, replay } from "./replay.js";
import { answersTable, requestsTable, summaryOf } from "./report.js";
import { plain, type Screen, silent, terminal } from "./screen.js";

interface Options {
  readonly json: boolean;
  readonly out: string;
  readonly speed?: number;
}

const exitCodes = { fine: 0, failed: 1, interrupted: 130 } as const;

const command = new Command("demo")
  .description("Replays twenty years of the S&P 500 through a gateway of its own.")
  .option("--json", "quiet, save for one JSON object as the last line", false)
  .option("--out <folder>", "where the picture goes", "out")
  .option("--speed <days>", "trading days a second (default: as fast as the gate answers)", positive)
  .allowExcessArguments(false);

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError("It must be a number above 0.");
  return value;
}

async function main(options: Options): Promise<number> {
  const bars = await readBars(inRepository("examples/data/sp500.csv"));
  const stopping = new AbortController();
  process.once("SIGINT", () => stopping.abort()); // A second SIGINT ends the process at once
  const started = performance.now();
  if (!options.json) console.log("Starting a gateway with its models ...");
  const gateway = await startGateway();
  if (!options.json) console.log(`It answers at ${gateway.url}. Twenty years of the S&P 500, day by day:\n`);
  const screen = screenFor(options, bars.length);
  let done: ReplayResult;
  try {
    done = await replay({
      url: gateway.url,
      bars,
      speed: options.speed,
      signal: stopping.signal,
      onChange: (change) => screen.line(changeLine(change)),
      onDay: ({ date }, days, requests) => screen.day(date, days, requests),
    });
  } finally {
    screen.end();
    await gateway.stop();
  }
  const stopped = stopping.signal.aborted;
  const path = stopped ? null : await draw(bars, done, options.out);
  tell(options, done, path, (performance.now() - started) / 1_000, stopped);
  if (stopped) return exitCodes.interrupted;
  return summaryOf(done, path).errors + done.problems.length > 0 ? exitCodes.failed : exitCodes.fine;
}

function screenFor({ json }: Options, days: number): Screen {
  if (json) return silent;
  return process.stdout.isTTY ? terminal(days) : plain(days);
}

async function draw(
  bars: readonly Bar[],
  { changes, path: told }: ReplayResult,
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
  await mkdir(resolve(folder), { recursive: true });
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

function tell(
  options: Options,
  done: ReplayResult,
  path: string | null,
  seconds: number,
  stopped: boolean,
): void {
  const failures = [done.observes, ...done.models.values()].flatMap((tally) => tally.failures);
  for (const [reason, count] of failures) console.error(`${count} × ${reason}`);
  for (const problem of done.problems) console.error(problem);
  if (options.json) return console.log(JSON.stringify(summaryOf(done, path)));
  const days = done.observations.toLocaleString("en-US");
  console.log(`\nRegime changes pushed to the subscriber\n\n${changesTable(done.changes)}`);
  console.log(`\nWhat the agents asked\n\n${requestsTable(done)}`);
  console.log(`\nWhat they were told, by regime\n\n${answersTable(done)}`);
  console.log(`\n${stopped ? "Stopped after" : "Observed"} ${days} returns in ${seconds.toFixed(1)} s.`);
  if (path !== null) console.log(`Picture: ${relative(process.cwd(), path) || path}`);
}

try {
  process.exitCode = await main(command.parse().opts<Options>());
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = exitCodes.failed;
}
