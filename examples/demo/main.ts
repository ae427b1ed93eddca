/**
 * `npm run demo`: starts a gateway, replays twenty years of the S&P 500 through it with a feed, agents and a
 * subscriber while the gateway is killed and started again, and shows what they received, what it was worth, and how
 * fast it was.
 */
import { relative } from "node:path";
import type { DemoOptions } from "./arguments.js";
import { demoCommand } from "./arguments.js";
import { readBars } from "./bars.js";
import { changesTable } from "./change-lines.js";
import { makePictureFolder } from "./draw.js";
import { inRepository, LocalGateway } from "./local-gateway.js";
import { type DemoOutcome, problemsOf, summaryOf } from "./outcome.js";
import {
  answersTable,
  containersTable,
  crashReport,
  liveTable,
  portfolioTable,
  replayTable,
} from "./report.js";
import { run } from "./run.js";
import { watch } from "./watch.js";

const exitCodes = { fine: 0, failed: 1, interrupted: 130 } as const;

async function main(options: DemoOptions): Promise<number> {
  await makePictureFolder(options.out);
  const bars = (await readBars(inRepository("examples/data/sp500.csv"))).slice(0, options.days);
  const stopping = new AbortController();
  process.once("SIGINT", () => stopping.abort()); // A second SIGINT ends the process at once
  const { signal } = stopping;
  const started = performance.now();
  const say = (line: string) => {
    if (!options.json) console.log(line);
  };
  say("Starting a gateway with its models ...");
  const gateway = await LocalGateway.start();
  try {
    const demo = { options, gateway, bars, signal, say };
    const where = `It answers at ${gateway.url}, its page is at ${gateway.page}`;
    if (options.json) console.error(where);
    say(`${where}\n${bars.length.toLocaleString("en-US")} days of the S&P 500, day by day:\n`);
    const outcome = await run(demo);
    const stopped = signal.aborted;
    tell(options, outcome, (performance.now() - started) / 1_000, stopped);
    if (stopped) return exitCodes.interrupted;
    const problems = [...problemsOf(outcome)];
    if (options.watch && problems.length === 0) {
      problems.push(...(await watch(demo)));
      for (const problem of problems) console.error(problem);
    }
    return problems.length > 0 ? exitCodes.failed : exitCodes.fine;
  } finally {
    await gateway.stop();
  }
}

function tell(options: DemoOptions, outcome: DemoOutcome, seconds: number, stopped: boolean): void {
  const problems = problemsOf(outcome);
  for (const problem of problems) console.error(problem);
  if (options.json) return console.log(JSON.stringify(summaryOf(outcome)));
  const { replay, crash, portfolio, live, containers, picture } = outcome;
  const sections = [
    `Regime changes pushed to the subscriber\n\n${changesTable(replay.changes)}`,
    answersTable(replay),
    replayTable(replay),
    ...(portfolio === undefined ? [] : [portfolioTable(portfolio)]),
    ...(crash === undefined ? [] : [crashReport(crash, replay.delivery)]),
    ...(live === undefined ? [] : [liveTable(live)]),
    ...(containers.length === 0 ? [] : [containersTable(containers)]),
  ];
  for (const section of sections) console.log(`\n${section}`);
  console.log(`\n${lastLine(outcome, seconds, stopped)}`);
  if (picture !== null) console.log(`Picture: ${relative(process.cwd(), picture) || picture}`);
}

function lastLine(outcome: DemoOutcome, seconds: number, stopped: boolean): string {
  const { acked_before_kill, acked_after_kill } = outcome.replay.delivery.observations;
  const returns = `${(acked_before_kill + acked_after_kill).toLocaleString("en-US")} returns`;
  const time = `in ${seconds.toFixed(1)} s`;
  if (stopped) return `Stopped after ${returns} ${time}.`;
  const broken = problemsOf(outcome).length;
  return broken === 0
    ? `Observed ${returns} ${time}: nothing was lost, nothing was told twice.`
    : `Observed ${returns} ${time}. ${broken} promises were broken: see above.`;
}

try {
  process.exitCode = await main(demoCommand().parse().opts<DemoOptions>());
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = exitCodes.failed;
}
