/** The current state of a stream and its path: the regimes of its earlier observations. */
import { HeadgateError } from "../../protocol/errors.js";
import { limits } from "../../protocol/limits.js";
import type { Journal, Observations } from "../regimes/journal.js";
import { sliceObservations } from "../regimes/journal.js";
import type { RegimeStream } from "../regimes/stream.js";
import type { StateRequest } from "../regimes/stream-requests.js";
import type { RegimeStreams } from "../regimes/streams.js";
import type { TurnBudget } from "../turn-budget.js";
import type { StateAnswer, StatePath } from "./answers.js";

export interface StateDependencies {
  readonly streams: RegimeStreams;
  readonly journal: Journal;
  readonly turns: TurnBudget;
}

/** @throws HeadgateError not_found, or failed_precondition when the stream has no such path yet */
export async function streamState(
  { stream: name, path, limit = limits.path_default, values = false }: StateRequest,
  namespace: string,
  { streams, journal, turns }: StateDependencies,
): Promise<StateAnswer> {
  const stream = streams.find(namespace, name);
  const state = await stream.settled();
  if (path === undefined) return { state };
  const observations = (count: number) => turns.all(journal.readObservations(stream.record.id, count));
  const { rows, ...arrays } =
    path === "filtered"
      ? filtered(stream, await observations(limit))
      : await smoothed(stream, limit, observations);
  return { state, path: { kind: path, regimes: stream.regimeNames, ...arrays, ...(values && { rows }) } };
}

type PathArrays = Required<Pick<StatePath, "times" | "regime" | "probabilities" | "rows">>;

function filtered(
  { regimeNames }: RegimeStream,
  { n, d, times, regimes, probabilities, rows }: Observations,
): PathArrays {
  return {
    times: times.slice(0, n),
    regime: Int32Array.from(regimes),
    probabilities: probabilities.subarray(0, n * regimeNames.length),
    rows: rows.subarray(0, n * d),
  };
}

async function smoothed(
  stream: RegimeStream,
  limit: number,
  observations: (count: number) => Promise<Observations>,
): Promise<PathArrays> {
  const found = await stream.smoothed();
  if (found === undefined)
    throw new HeadgateError(
      "failed_precondition",
      `path: ${stream.detector.signature.name} has no smoothed path, or none yet: it is warming up`,
    );
  const k = stream.regimeNames.length;
  const { probabilities, total } = found;
  // Observations may have arrived since the request began; the path ends before them.
  const kept = await observations(limit + (stream.state().observations - total));
  const upTo = sliceObservations(kept, 0, Math.max(0, Math.min(kept.n, total - kept.first)));
  const n = Math.min(limit, upTo.n, probabilities.length / k);
  const last = probabilities.slice(probabilities.length - n * k);
  const { times, rows } = sliceObservations(upTo, upTo.n - n);
  return { times: times.slice(), rows, regime: likeliest(last, k), probabilities: last };
}

function likeliest(probabilities: Float64Array, k: number): Int32Array {
  const regime = new Int32Array(probabilities.length / k);
  // Without a separate array for each row: 65,536 rows of 64 values took 116 ms.
  for (let row = 0; row < regime.length; row++) {
    let best = 0;
    for (let i = 1; i < k; i++)
      if ((probabilities[row * k + i] as number) > (probabilities[row * k + best] as number)) best = i;
    regime[row] = best;
  }
  return regime;
}
