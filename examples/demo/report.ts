/** The demo's report: tables for people, and one object for programs. */

import { type Regime, regimes } from "../../chart/regimes.js";
import { spellsOf } from "../../chart/spells.js";
import type { Change } from "../../client/typescript/index.js";
import type { DeskAnswer } from "./agent.js";
import { headlines } from "./desks.js";
import type { ReplayResult } from "./replay.js";
import { Tally } from "./tally.js";

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
  readonly p50_ms: number | null;
  readonly p99_ms: number | null;
  readonly picture: string | null;
}

export function summaryOf(done: ReplayResult, picture: string | null): DemoSummary {
  const asked = Tally.sum(done.models.values());
  return {
    observations: done.observations,
    requests: asked.requests,
    errors: asked.errors + done.observes.errors,
    regime_changes: done.changes.map(({ observed_ts, stream, from, to, probability }) => ({
      at: new Date(observed_ts).toISOString(),
      stream,
      from,
      to,
      probability,
    })),
    p50_ms: asked.percentileMs(50),
    p99_ms: asked.percentileMs(99),
    picture,
  };
}

/** One row for each model, one for all of them, and one for the feed. */
export function requestsTable({ models, observes }: ReplayResult): string {
  const named = [...models, ["all models", Tally.sum(models.values())], ["observations", observes]] as const;
  const rows = named.map(([name, tally]) => [
    name,
    tally.requests.toLocaleString("en-US"),
    String(tally.errors),
    ms(tally.percentileMs(50)),
    ms(tally.percentileMs(99)),
  ]);
  return columns([["", "requests", "errors", "p50 ms", "p99 ms"], ...rows], [0]);
}

/** The mean of each model's headline in each regime, which shows whether the answers are plausible. */
export function answersTable({ answers, changes, models }: ReplayResult): string {
  const regimeAt = regimeByTime(changes);
  const shown = regimes.filter((regime) => regime !== "unknown");
  const rows = [...models.keys()].map((model) => {
    const mine = answers.filter((answer) => answer.model === model);
    return [model, ...shown.map((regime) => mean(mine, regimeAt, regime)), headlines[model] ?? ""];
  });
  return columns([["mean answer", ...shown, ""], ...rows], [0, shown.length + 1]);
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

function ms(value: number | null): string {
  return value === null ? "–" : value.toFixed(2);
}

/** Lays out columns side by side: words are aligned left, figures right. */
function columns(rows: readonly (readonly string[])[], words: readonly number[]): string {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  const padded = (cell: string, i: number) =>
    words.includes(i) ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0);
  return rows.map((row) => row.map(padded).join("  ").trimEnd()).join("\n");
}
