/**
 * Shows how the detectors' defaults were chosen: on crude oil, a market that is not used for scoring, by the rule
 * that training/hysteresis states for the hysteresis that all detectors share.
 */
import type { Gate } from "../../client/typescript/index.js";
import { declared, inHindsight, ofBars } from "../regimes/ask.js";
import { before, type Market, readMarket } from "../regimes/markets.js";
import { type Score, score } from "../regimes/score.js";
import type { ReportRow } from "../report.js";
import { unseenFrom, withGateway } from "./regimes.js";

type DetectorChoice = readonly [detector: string, parameters: Readonly<Record<string, string | number>>];

const penalties = [1, 2, 5, 10, 20, 35, 50, 75, 100, 200];

/**
 * The grid was written down before any value was tried, except the penalties below 5: the best value was first at the
 * edge of the grid, and the edge was moved once. Vote uses its members with their defaults.
 */
const grid: readonly DetectorChoice[] = [
  ...["volatility", "downside"].flatMap((features) =>
    penalties.map((jump_penalty): DetectorChoice => ["jump_model", { features, jump_penalty }]),
  ),
  ...[2, 5, 11, 21, 42].map((halflife): DetectorChoice => ["gaussian_mixture", { halflife }]),
  ...[50, 100, 250, 500, 1_000].map((expected_run): DetectorChoice => ["bocpd", { expected_run }]),
  ["gaussian_hmm", {}],
  ["vote", {}],
];

/**
 * The thresholds for the forecasts of `lstm-regime`, which are never as certain as a filter's; written down before
 * any was tried.
 */
const thresholds: readonly DetectorChoice[] = [0.6, 0.65, 0.7, 0.75, 0.8, 0.9].flatMap((enter_probability) =>
  [1, 2, 3, 5].map((min_dwell): DetectorChoice => [ofBars, { enter_probability, min_dwell }]),
);

/** A choice is eligible with one to four changes a year, half of which are at least a month apart. */
const eligible = ({ changesAYear, medianDwell }: Score) =>
  changesAYear >= 1 && changesAYear <= 4 && medianDwell >= 21;

export async function regimesChoose(say: (line: string) => void): Promise<ReportRow[]> {
  const oil = readMarket("wti");
  // There are no bars of oil, so `lstm-regime` is chosen on the S&P 500 before its unseen days.
  const learnt = before(readMarket("sp500"), unseenFrom);
  return withGateway(async (gate) => [
    ...(await chosen(gate, oil, grid, say)),
    ...(await chosen(gate, learnt, thresholds, say)),
  ]);
}

async function chosen(
  gate: Gate,
  market: Market,
  choices: readonly DetectorChoice[],
  say: (line: string) => void,
): Promise<ReportRow[]> {
  const hindsight = await inHindsight(gate, market);
  const scores: [DetectorChoice, Score][] = [];
  for (const choice of choices) {
    const found = score(await declared(gate, market, ...choice), hindsight);
    scores.push([choice, found]);
    say(`${nameOf(choice)} ${JSON.stringify(found)} ${eligible(found) ? "eligible" : ""}`);
  }
  const names = [...new Set(choices.map(([detector]) => detector))];
  return names.flatMap((detector) => best(scores.filter(([choice]) => choice[0] === detector)));
}

/**
 * The largest overlap among the eligible choices; among those within half a point of it the shortest lag, and then
 * the fewest changes.
 */
function best(scores: readonly [DetectorChoice, Score][]): ReportRow[] {
  const allowed = scores.filter(([, found]) => eligible(found));
  const top = Math.max(...allowed.map(([, { overlap }]) => overlap));
  const [chosen] = allowed
    .filter(([, { overlap }]) => overlap >= top - 0.005)
    .sort(([, a], [, b]) => a.medianLag - b.medianLag || a.changesAYear - b.changesAYear);
  if (chosen === undefined) return [];
  const [choice, { overlap }] = chosen;
  const none = { peer: null, peer_value: null, ratio: null };
  return [{ ...none, name: `chosen: ${nameOf(choice)}`, unit: "overlap", value: overlap }];
}

const nameOf = ([detector, parameters]: DetectorChoice) => `${detector} ${JSON.stringify(parameters)}`;
