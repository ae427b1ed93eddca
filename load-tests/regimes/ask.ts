/** Asks a gateway for the regimes of a market over the socket, as a client would. */
import { type Change, type Gate, tensor } from "../../client/typescript/index.js";
import type { Parameters } from "../../protocol/frames.js";
import type { Market } from "./markets.js";

/** The regime of each day as it was known on that day: −1 unknown, 0 calm, 1 turbulent. */
export type States = Int8Array;

const batch = 250;

/** Each question gets a stream of its own, because a topic keeps the changes of earlier streams. */
let asked = 0;

/** The detector that reads bars: the range and the volume beside the close. */
export const ofBars = "lstm-regime";

/** Opens a stream, sends it the market in batches, and returns the regimes that the pushed changes report. */
export async function declared(
  gate: Gate,
  market: Market,
  detector: string,
  parameters: Parameters = {},
): Promise<States> {
  const name = `${market.name}-${detector}-${++asked}`;
  const { dates } = market;
  const [rows, d] = detector === ofBars ? [barsOf(market), 4] : [market.rows, market.d];
  const given = detector === ofBars ? { input: "bars", ...parameters } : parameters;
  const stream = await gate.openStream(name, { detector, parameters: given });
  const changes: Change[] = [];
  const subscription = gate.subscribe(`regime.${name}`);
  await subscription.caughtUp;
  const reading = (async () => {
    for await (const change of subscription) changes.push(change);
  })();
  const times = dates.map((date) => Date.parse(date));
  for (let from = 0; from < times.length; from += batch) {
    const part = rows.slice(from * d, (from + batch) * d);
    await stream.observe(times.slice(from, from + batch), tensor(part, [part.length / d, d]));
  }
  subscription.close(); // The gateway sends a change before the ack of its observation, so all changes have arrived
  await reading;
  await stream.close();
  return statesOf(times, changes);
}

function barsOf({ name, bars }: Market): Float64Array {
  if (bars === undefined) throw new Error(`${name}: there are closes only, ${ofBars} looks at bars`);
  return bars;
}

/** The regime of each time, from the changes: a regime that is not turbulent counts as calm. */
export function statesOf(
  times: readonly number[],
  changes: readonly Pick<Change, "observed_ts" | "to">[],
): States {
  const states = new Int8Array(times.length).fill(-1);
  for (const { observed_ts, to } of changes)
    states.fill(to === "turbulent" ? 1 : 0, times.indexOf(observed_ts));
  return states;
}

/**
 * The regime of each day in hindsight: a two-state Gaussian HMM of the whole sample, smoothed. The fit starts with
 * states that differ only in variance, as the detector's does.
 */
export async function inHindsight(gate: Gate, { portfolio }: Market): Promise<States> {
  const n = portfolio.length;
  const mean = portfolio.reduce((sum, each) => sum + each, 0) / n;
  const deviation = Math.sqrt(portfolio.reduce((sum, each) => sum + (each - mean) ** 2, 0) / n);
  const { outputs } = await gate.infer(
    "gaussian_hmm",
    {
      X: tensor(
        portfolio.map((each) => (each - mean) / deviation),
        [n, 1],
      ),
      startprob: tensor(Float64Array.of(0.5, 0.5), [2]),
      transmat: tensor(Float64Array.of(0.95, 0.05, 0.05, 0.95), [2, 2]),
      means: tensor(Float64Array.of(0, 0), [2, 1]),
      covars: tensor(Float64Array.of(0.5, 2), [2, 1, 1]),
    },
    { parameters: { n_components: 2, covars_prior: 0, n_iter: 500, tol: 1e-4 } },
  );
  const smoothed = outputs["smoothed"]?.data as Float64Array;
  return Int8Array.from({ length: n }, (_, t) => ((smoothed[2 * t + 1] as number) > 0.5 ? 1 : 0));
}
