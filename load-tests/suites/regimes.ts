/**
 * Scores every detector with its defaults on markets that no default was chosen on: over the socket, in the order of
 * days, from the changes that were pushed. The scores compare with the path of an HMM that has the whole sample, with
 * the falls of the market, and with holding the market all the time. The pictures are written to out/regimes-*.svg.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { connect, type Gate } from "../../client/typescript/index.js";
import { inRepository } from "../harness/places.js";
import { ownGateway } from "../load/gateway.js";
import { declared, inHindsight, ofBars, type States } from "../regimes/ask.js";
import { firstDayFrom, type Market, type MarketName, readMarket } from "../regimes/markets.js";
import { picture } from "../regimes/picture.js";
import { heldBy, type Performance, performance, unscored } from "../regimes/portfolio.js";
import { type Score, score, stressShares } from "../regimes/score.js";
import { cost, type ReportRow, rate } from "../report.js";

type PrintLine = (line: string) => void;

const markets: readonly MarketName[] = ["sp500", "nasdaq", "twenty-stocks"];

/** The model of `lstm-regime` was trained, and its thresholds were chosen, on days before this one. */
export const unseenFrom = "2008-07-01";

export async function regimes(say: PrintLine): Promise<ReportRow[]> {
  return withGateway(async (gate) => {
    const { detectors } = await gate.describe();
    const rows: ReportRow[] = [];
    for (const name of markets) {
      const market = readMarket(name);
      const hindsight = await inHindsight(gate, market);
      const asked = new Map<string, States>();
      for (const detector of detectors)
        if (detector.name !== ofBars || market.bars !== undefined)
          asked.set(detector.name, await declared(gate, market, detector.name));
      const judge = (label: string, from: number, judgedOnes: Iterable<readonly [string, States]>) => {
        const holding = performance(
          new Float64Array(market.portfolio.length - from).fill(1),
          market.portfolio.subarray(from),
        );
        say(`${label}: ${market.dates.length - from} days, ${market.d} columns`);
        say(headings);
        say(line("buy and hold", undefined, holding, {}));
        for (const [detector, states] of judgedOnes)
          rows.push(...judged(`${label} ${detector}`, { market, from, states, hindsight, holding }, say));
      };
      judge(
        name,
        unscored,
        [...asked].filter(([detector]) => detector !== ofBars),
      );
      if (asked.has(ofBars))
        judge(`${name} from ${unseenFrom}`, firstDayFrom(market.dates, unseenFrom), asked);
      const drawn = new Map([["in hindsight", hindsight], ...asked]);
      await mkdir("out", { recursive: true });
      await writeFile(`out/regimes-${name}.svg`, picture(market, drawn));
    }
    return rows;
  });
}

/** Starts a gateway, connects a client to it, and stops both afterwards. */
export async function withGateway<T>(use: (gate: Gate) => Promise<T>): Promise<T> {
  const target = await ownGateway({ config: {}, tenants: {} }, inRepository("models"));
  const gate = await connect(target.url);
  try {
    return await use(gate);
  } finally {
    await gate.close();
    await target.stop();
  }
}

interface JudgedMarket {
  readonly market: Market;
  /** The index of the first scored day. */
  readonly from: number;
  readonly states: States;
  readonly hindsight: States;
  readonly holding: Performance;
}

function judged(
  name: string,
  { market, from, states, hindsight, holding }: JudgedMarket,
  say: PrintLine,
): ReportRow[] {
  const [said, is] = [states.subarray(from), hindsight.subarray(from)];
  const found = score(said, is);
  const stress = stressShares(market.dates.slice(from), said);
  const switching = performance(heldBy(states).subarray(from), market.portfolio.subarray(from));
  say(line(name, found, switching, stress));
  const alone = (what: string, unit: string, value: number): ReportRow => ({
    ...{ name: `${name}: ${what}`, unit, value },
    ...{ peer: null, peer_value: null, ratio: null },
  });
  const held = "buy and hold";
  const rows = [
    alone("changes", "a year", found.changesAYear),
    alone("median dwell", "days", found.medianDwell),
    alone("median lag", "days", found.medianLag),
    alone("switches in hindsight followed", "share", found.caught),
    alone("overlap with hindsight", "share", found.overlap),
    ...Object.entries(stress).flatMap(([window, share]) =>
      share === null ? [] : [alone(`turbulent ${window}`, "share of days", share)],
    ),
    rate(`${name}: return`, "a year", switching.annualReturn, held, holding.annualReturn),
    rate(`${name}: Sharpe`, "a year", switching.sharpe, held, holding.sharpe),
    cost(`${name}: maximum drawdown`, "share", switching.maximumDrawdown, held, holding.maximumDrawdown),
    alone("turnover", "a year", switching.turnover),
  ];
  // A single change has no dwell, and without a followed switch there is no lag.
  return rows.filter(({ value }) => Number.isFinite(value));
}

const headings =
  "| | changes a year | dwell | lag | followed | overlap | stress | outside | return | Sharpe | drawdown | turnover |";

/** The mean of an empty list is not a figure: a detector that never changed has no dwell. */
const isFigure = (value: number | null | undefined): value is number =>
  typeof value === "number" && Number.isFinite(value);

/** One row of the table in docs/regimes.md. */
function line(
  name: string,
  found: Score | undefined,
  { annualReturn, sharpe, maximumDrawdown, turnover }: Performance,
  { outside, ...stress }: Readonly<Record<string, number | null>>,
): string {
  const percent = (value: number | null | undefined) =>
    isFigure(value) ? `${(100 * value).toFixed(0)} %` : "–";
  const fixed = (value: number | undefined, digits: number) =>
    isFigure(value) ? value.toFixed(digits) : "–";
  const shares = Object.values(stress).map((share) => (share === null ? "–" : (100 * share).toFixed(0)));
  const cells = [
    ...[name, fixed(found?.changesAYear, 1), fixed(found?.medianDwell, 0), fixed(found?.medianLag, 0)],
    ...[percent(found?.caught), fixed(found?.overlap, 2), shares.join(" ") || "–", percent(outside)],
    ...[
      `${(100 * annualReturn).toFixed(1)} %`,
      fixed(sharpe, 2),
      percent(maximumDrawdown),
      fixed(turnover, 1),
    ],
  ];
  return `| ${cells.join(" | ")} |`;
}
