/** Everything that a run of the demo found, and its form for programs. */
import type { ContainerFigures } from "./containers.js";
import type { DeliveryCounts } from "./delivery.js";
import { barsPerSecond, type LivePaceResult, requestsPerSecond } from "./live-pace.js";
import type { PortfolioComparison, SampleRelation } from "./portfolio.js";
import type { ReplayResult } from "./replay.js";
import { Tally } from "./tally.js";

/** The gateway's time away in the middle of the replay. */
export interface CrashTimes {
  /** The day at whose close the gateway was killed, YYYY-MM-DD. */
  readonly killedOn: string;
  readonly awayMs: number | undefined;
  readonly returnMs: number | undefined;
}

/** Undefined is what the run did not come to, because it was stopped or the market is too short. */
export interface DemoOutcome {
  readonly replay: ReplayResult;
  readonly crash: CrashTimes | undefined;
  readonly portfolio: PortfolioComparison | undefined;
  readonly live: LivePaceResult | undefined;
  readonly containers: readonly ContainerFigures[];
  readonly picture: string | null;
}

interface PortfolioSummaryRow {
  readonly name: string;
  readonly sample: SampleRelation;
  readonly annual_return_percent: number;
  readonly sharpe_per_year: number;
  readonly maximum_drawdown_percent: number;
  readonly turnover_per_year: number;
}

/** The object in the last line of `--json`. */
export interface DemoSummary {
  readonly observations: number;
  readonly requests: number;
  readonly errors: number;
  readonly regime_changes: readonly {
    readonly at: string;
    readonly stream: string;
    readonly from: string;
    readonly to: string;
    readonly probability: number;
  }[];
  /** Of requests at the pace of a live feed, from the moment each was due. */
  readonly p50_ms: number | null;
  readonly p99_ms: number | null;
  readonly picture: string | null;
  readonly live: {
    readonly seconds: number;
    readonly requests_per_second: number;
    readonly bars_per_second: number;
    readonly requests: number;
    readonly observations: number;
    readonly failed: number;
    readonly requests_p50_ms: number | null;
    readonly requests_p99_ms: number | null;
    readonly observations_p50_ms: number | null;
    readonly observations_p99_ms: number | null;
  } | null;
  /** The replay at full speed: its latencies contain the queue that it makes itself. */
  readonly replay: {
    readonly seconds: number;
    readonly requests_p50_ms: number | null;
    readonly requests_p99_ms: number | null;
    readonly observations_p50_ms: number | null;
    readonly observations_p99_ms: number | null;
  };
  readonly crash: {
    readonly killed_on: string;
    readonly away_ms: number | null;
    readonly return_ms: number | null;
  } | null;
  readonly delivery: DeliveryCounts;
  readonly portfolio: {
    readonly from: string;
    readonly to: string;
    readonly rows: readonly PortfolioSummaryRow[];
  } | null;
  readonly containers: readonly ContainerFigures[];
  /** Each promise that was broken, in words. */
  readonly problems: readonly string[];
}

/** What was promised and not held, in words; the exit code is 0 only when there is nothing. */
export function problemsOf({ replay, live }: DemoOutcome): readonly string[] {
  const failures = [...replay.models.values(), replay.observes, live?.requests, live?.observations]
    .flatMap((tally) => tally?.failures ?? [])
    .map(([reason, times]) => `${times} × ${reason}`);
  return [...failures, ...replay.problems];
}

export function summaryOf(outcome: DemoOutcome): DemoSummary {
  const { replay, crash, live, portfolio, containers, picture } = outcome;
  const asked = Tally.sum(replay.models.values());
  const { observations } = replay.delivery;
  const ofLive = live === undefined ? null : liveSummary(live);
  return {
    observations: observations.acked_before_kill + observations.acked_after_kill,
    requests: asked.requests,
    errors: asked.errors + replay.observes.errors,
    regime_changes: replay.changes.map(({ observed_ts, stream, from, to, probability }) => ({
      at: new Date(observed_ts).toISOString(),
      stream,
      from,
      to,
      probability,
    })),
    p50_ms: ofLive?.requests_p50_ms ?? null,
    p99_ms: ofLive?.requests_p99_ms ?? null,
    picture,
    live: ofLive,
    replay: { seconds: replay.seconds, ...percentiles(asked, replay.observes) },
    crash:
      crash === undefined
        ? null
        : {
            killed_on: crash.killedOn,
            away_ms: crash.awayMs ?? null,
            return_ms: crash.returnMs ?? null,
          },
    delivery: replay.delivery,
    portfolio: portfolio === undefined ? null : portfolioSummary(portfolio),
    containers,
    problems: problemsOf(outcome),
  };
}

function liveSummary({ seconds, requests, observations }: LivePaceResult) {
  return {
    seconds,
    requests_per_second: requestsPerSecond,
    bars_per_second: barsPerSecond,
    requests: requests.requests,
    observations: observations.requests,
    failed: requests.errors + observations.errors,
    ...percentiles(requests, observations),
  };
}

function percentiles(requests: Tally, observations: Tally) {
  return {
    requests_p50_ms: requests.percentileMs(50),
    requests_p99_ms: requests.percentileMs(99),
    observations_p50_ms: observations.percentileMs(50),
    observations_p99_ms: observations.percentileMs(99),
  };
}

function portfolioSummary({ from, to, rows }: PortfolioComparison) {
  return {
    from,
    to,
    rows: rows.map(({ name, sample, performance }) => ({
      name,
      sample,
      annual_return_percent: 100 * performance.annualReturn,
      sharpe_per_year: performance.sharpe,
      maximum_drawdown_percent: 100 * performance.maximumDrawdown,
      turnover_per_year: performance.turnover,
    })),
  };
}
