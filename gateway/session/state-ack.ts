/** Answers `state`: where a stream stands, and the path by which it came there. */
import { HeadgateError } from "../../protocol/errors.js";
import type { PathKind, StateAck, StateQuery, WirePath } from "../../protocol/frames.js";
import { limits } from "../../protocol/limits.js";
import { toWire } from "../../protocol/tensor.js";
import type { Observations } from "../regimes/journal.js";
import { sliceObservations } from "../regimes/journal.js";
import type { Stream } from "../regimes/stream.js";
import type { House } from "./house.js";

/** @throws HeadgateError not_found, or failed_precondition when there is no such path yet */
export async function stateAck(
  { id, stream: name, path, limit = limits.path_default }: StateQuery,
  namespace: string,
  { streams, journal }: Pick<House, "streams" | "journal">,
): Promise<StateAck> {
  const stream = streams.find(namespace, name);
  const state = await stream.settled();
  const ack = { type: "ack", id, stream: name, state } as const;
  if (path === undefined) return ack;
  if (path === "filtered")
    return { ...ack, path: filtered(stream, journal.observations(stream.record.id, limit)) };
  return {
    ...ack,
    path: await smoothed(stream, limit, (count) => journal.observations(stream.record.id, count)),
  };
}

function filtered(stream: Stream, { n, times, regimes, probabilities }: Observations): WirePath {
  return pathOf(stream, "filtered", times.slice(0, n), Int32Array.from(regimes), probabilities);
}

async function smoothed(
  stream: Stream,
  limit: number,
  observations: (count: number) => Observations,
): Promise<WirePath> {
  const found = await stream.smoothed();
  if (found === undefined)
    throw new HeadgateError(
      "failed_precondition",
      `path: ${stream.detector.signature.name} has no smoothed path, or none yet: it is warming up`,
    );
  const k = stream.regimeNames.length;
  const { probabilities, total } = found;
  // Observations may have come since it was asked; those it is of are the last but these.
  const kept = observations(limit + (stream.state().observations - total));
  const upTo = sliceObservations(kept, 0, Math.max(0, Math.min(kept.n, total - kept.first)));
  const n = Math.min(limit, upTo.n, probabilities.length / k);
  const times = upTo.times.slice(upTo.n - n);
  const last = probabilities.slice(probabilities.length - n * k);
  return pathOf(stream, "smoothed", times, likeliest(last, k), last);
}

function pathOf(
  stream: Stream,
  kind: PathKind,
  times: Float64Array,
  regime: Int32Array,
  probabilities: Float64Array,
): WirePath {
  const { regimeNames } = stream;
  const n = times.length;
  return {
    kind,
    causal: kind === "filtered",
    regimes: regimeNames,
    ts: toWire({ datatype: "FP64", shape: [n], data: times }),
    regime: toWire({ datatype: "INT32", shape: [n], data: regime }),
    probabilities: toWire({ datatype: "FP64", shape: [n, regimeNames.length], data: probabilities.slice() }),
  };
}

function likeliest(probabilities: Float64Array, k: number): Int32Array {
  return Int32Array.from({ length: probabilities.length / k }, (_, i) => {
    const row = probabilities.subarray(i * k, (i + 1) * k);
    return row.indexOf(Math.max(...row));
  });
}
