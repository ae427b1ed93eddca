/** Answers `state`: where a stream stands, and the path by which it came there. */
import { HeadgateError } from "../../../protocol/errors.js";
import type { PathKind, StateAck, StateQuery, WirePath } from "../../../protocol/frames.js";
import { limits } from "../../../protocol/limits.js";
import { toWire } from "../../../protocol/tensor.js";
import type { Observations } from "../../regimes/journal.js";
import { sliceObservations } from "../../regimes/journal.js";
import type { Stream } from "../../regimes/stream.js";
import type { House } from "./house.js";

/** @throws HeadgateError not_found, or failed_precondition when there is no such path yet */
export async function stateAck(
  { id, stream: name, path, limit = limits.path_default, values = false }: StateQuery,
  namespace: string,
  { streams, journal, turns }: Pick<House, "streams" | "journal" | "turns">,
): Promise<StateAck> {
  const stream = streams.find(namespace, name);
  const state = await stream.settled();
  const ack = { type: "ack", id, stream: name, state } as const;
  if (path === undefined) return ack;
  const observations = (count: number) => turns.all(journal.readObservations(stream.record.id, count));
  const found =
    path === "filtered"
      ? filtered(stream, await observations(limit))
      : await smoothed(stream, limit, observations);
  return { ...ack, path: pathOf(stream, path, found, values) };
}

/** What is told of each observation. */
interface Told {
  /** [n] */
  readonly times: Float64Array;
  /** [n] */
  readonly regime: Int32Array;
  /** [n, k] */
  readonly probabilities: Float64Array;
  /** [n, d] */
  readonly rows: Float64Array;
}

function filtered(
  { regimeNames }: Stream,
  { n, d, times, regimes, probabilities, rows }: Observations,
): Told {
  return {
    times: times.slice(0, n),
    regime: Int32Array.from(regimes),
    probabilities: probabilities.subarray(0, n * regimeNames.length),
    rows: rows.subarray(0, n * d),
  };
}

async function smoothed(
  stream: Stream,
  limit: number,
  observations: (count: number) => Promise<Observations>,
): Promise<Told> {
  const found = await stream.smoothed();
  if (found === undefined)
    throw new HeadgateError(
      "failed_precondition",
      `path: ${stream.detector.signature.name} has no smoothed path, or none yet: it is warming up`,
    );
  const k = stream.regimeNames.length;
  const { probabilities, total } = found;
  // Observations may have come since it was asked; those it is of are the last but these.
  const kept = await observations(limit + (stream.state().observations - total));
  const upTo = sliceObservations(kept, 0, Math.max(0, Math.min(kept.n, total - kept.first)));
  const n = Math.min(limit, upTo.n, probabilities.length / k);
  const last = probabilities.slice(probabilities.length - n * k);
  const { times, rows } = sliceObservations(upTo, upTo.n - n);
  return { times: times.slice(), rows, regime: likeliest(last, k), probabilities: last };
}

function pathOf(
  { regimeNames }: Stream,
  kind: PathKind,
  { times, regime, probabilities, rows }: Told,
  withValues: boolean,
): WirePath {
  const n = times.length;
  return {
    kind,
    causal: kind === "filtered",
    regimes: regimeNames,
    ts: toWire({ datatype: "FP64", shape: [n], data: times }),
    regime: toWire({ datatype: "INT32", shape: [n], data: regime }),
    probabilities: toWire({ datatype: "FP64", shape: [n, regimeNames.length], data: probabilities.slice() }),
    ...(withValues && {
      values: toWire({ datatype: "FP64", shape: [n, n === 0 ? 0 : rows.length / n], data: rows.slice() }),
    }),
  };
}

function likeliest(probabilities: Float64Array, k: number): Int32Array {
  const regime = new Int32Array(probabilities.length / k);
  // Without an array for each row: 65,536 of 64 took 116 ms.
  for (let row = 0; row < regime.length; row++) {
    let best = 0;
    for (let i = 1; i < k; i++)
      if ((probabilities[row * k + i] as number) > (probabilities[row * k + best] as number)) best = i;
    regime[row] = best;
  }
  return regime;
}
