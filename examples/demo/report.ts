/** The demo's tables for people, 80 columns wide. */
import { type Regime, regimes } from "../../chart/regimes.js";
import { spellsOf } from "../../chart/spells.js";
import type { Change } from "../../client/typescript/index.js";
import { tradeCost } from "../../load-tests/regimes/portfolio.js";
import type { DeskAnswer } from "./agent.js";
import { columns, count, fixed } from "./columns.js";
import { type ContainerFigures, containerRuns } from "./containers.js";
import type { DeliveryCounts } from "./delivery.js";
import { headlines } from "./desks.js";
import { barsPerSecond, type LivePaceResult, requestsPerSecond } from "./live-pace.js";
import type { CrashTimes } from "./outcome.js";
import type { PortfolioComparison, SampleRelation } from "./portfolio.js";
import type { ReplayResult } from "./replay.js";
import { Tally } from "./tally.js";

/** The mean of each model's headline in each regime, which shows whether the answers are plausible. */
export function answersTable({
  answers,
  changes,
  models,
}: Pick<ReplayResult, "answers" | "changes" | "models">): string {
  const regimeAt = regimeByTime(changes);
  const shown = regimes.filter((regime) => regime !== "unknown");
  const rows = [...models.keys()].map((model) => {
    const mine = answers.filter((answer) => answer.model === model);
    return [model, ...shown.map((regime) => mean(mine, regimeAt, regime)), headlines[model] ?? ""];
  });
  const table = columns([["mean answer", ...shown, ""], ...rows], [0, shown.length + 1]);
  return `What the agents were told, by regime\n\n${table}`;
}

function regimeByTime(changes: readonly Change[]): (time: number) => Regime {
  const turns = changes.map(({ observed_ts: time, to }) => ({ time, to }));
  const spells = spellsOf(turns, -Infinity, Infinity);
  return (time) => spells.find(({ from, to }) => time >= from && time < to)?.regime ?? "unknown";
}

function mean(answers: readonly DeskAnswer[], regimeAt: (time: number) => Regime, regime: Regime): string {
  const values = answers.filter(({ time }) => regimeAt(time) === regime).map(({ headline }) => headline);
  if (values.length === 0) return "–";
  const average = values.reduce((sum, value) => sum + value, 0) / values.length;
  return average >= 10 ? average.toFixed(0) : average.toFixed(2);
}

const samples: Readonly<Record<SampleRelation, string>> = {
  no_signal: "",
  in_sample: "in-sample",
  out_of_sample: "out-of-sample",
};

export function portfolioTable({ from, to, rows }: PortfolioComparison): string {
  const cells = rows.map(({ name, sample, performance }) => [
    name,
    `${fixed(100 * performance.annualReturn, 1)} %`,
    fixed(performance.sharpe, 2),
    `${fixed(100 * performance.maximumDrawdown, 0)} %`,
    samples[sample],
  ]);
  const table = columns([["S&P 500", "a year", "Sharpe", "drawdown", ""], ...cells], [0, 4]);
  return `What the signal was worth, ${from} to ${to}

${table}

Each trade costs ${fixed(tradeCost * 1e4, 0)} basis points, cash earns nothing, and a day is decided by
the regime of the evening before. In-sample: the three states were chosen on
this market. Out-of-sample: two states, and settings chosen on crude oil. One
market and one history prove little: npm run bench -- regimes has more.`;
}

/** Where every request, observation and event is, as counts that add up. */
export function crashReport(
  { killedOn, awayMs, returnMs }: CrashTimes,
  { requests, observations: rows, events }: DeliveryCounts,
): string {
  const seconds = (ms: number | undefined) => (ms === undefined ? "–" : `${fixed(ms / 1_000, 1)} s`);
  const lines = [
    ["away", `${seconds(awayMs)} until it was ready, ${seconds(returnMs)} until every client was back`],
    [
      "requests",
      `${count(requests.asked)} = ${count(requests.by_gateway)} by gateway + ` +
        `${count(requests.by_fallback)} by fallback + ${count(requests.failed)} failed`,
    ],
    [
      "observations",
      `${count(rows.sent)} = ${count(rows.acked_before_kill)} acked before + ${count(rows.acked_after_kill)} after + ${count(rows.failed)} failed`,
    ],
    ["", `${count(rows.kept_at_return ?? 0)} on its disk when it came back, ${count(rows.kept)} at the end`],
    [
      "events",
      `${count(events.in_log)} in the log; ${count(events.received_before_kill)} received before + ${count(events.received_after_kill)} after`,
    ],
    [
      "",
      `${count(events.missing)} missing, ${count(events.repeated)} repeated, ${count(events.out_of_order)} out of order`,
    ],
  ];
  return `The gateway was killed (SIGKILL) at the close of ${killedOn}, and started again

${columns(lines, [0, 1])}`;
}

/** One row for the requests and one for the feed, from the moment each was due. */
export function liveTable({ seconds, requests, observations }: LivePaceResult): string {
  const table = requestRows([
    ["requests", requests],
    ["observations", observations],
  ]);
  return `Latency at the pace of a live feed, from the moment each was due
(${requestsPerSecond} requests a second at random times, ${barsPerSecond} bars a second, ${seconds} s)

${table}`;
}

/** One row for each model, one for all of them, and one for the feed. */
export function replayTable({
  models,
  observes,
  seconds,
}: Pick<ReplayResult, "models" | "observes" | "seconds">): string {
  const table = requestRows([
    ...models,
    ["all models", Tally.sum(models.values())],
    ["observations", observes],
  ]);
  return `The replay at full speed, ${fixed(seconds, 1)} s: throughput, not latency. Its times contain the
queue that it makes itself; requests that waited for the gateway have none

${table}`;
}

function requestRows(named: readonly (readonly [string, Tally])[]): string {
  const rows = named.map(([name, tally]) => [
    name,
    count(tally.requests),
    count(tally.fallbacks),
    count(tally.errors),
    fixed(tally.percentileMs(50), 2),
    fixed(tally.percentileMs(99), 2),
  ]);
  return columns([["", "number", "fallback", "failed", "p50 ms", "p99 ms"], ...rows], [0]);
}

/** A container that could not be run has a line that says how to get what it needs, and no figures. */
export function containersTable(containers: readonly ContainerFigures[]): string {
  const run = containers.filter(({ missing }) => missing === null);
  const rows = run.map(({ name, start_s, memory_mb }) => [name, fixed(start_s, 2), fixed(memory_mb, 0)]);
  const absent = containers.flatMap(({ name, missing }) =>
    missing === null ? [] : [`${name}: not measured`, `  ${missing}`],
  );
  return [
    `An agent's container until its first answer, a PCA of 252 × 8 (median of ${containerRuns})`,
    "",
    columns([["", "start s", "memory MB"], ...rows], [0]),
    ...absent,
  ].join("\n");
}
