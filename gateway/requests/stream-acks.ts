/** Creates the frames that answer requests about streams. */
import type {
  AckFrame,
  ObserveFrame,
  OpenFrame,
  StateAckFrame,
  StateFrame,
  WirePath,
} from "../../protocol/frames.js";
import { toWire } from "../../protocol/tensor.js";
import type { ObserveAnswer, OpenAnswer, StateAnswer, StatePath } from "./answers.js";

export function openAck(
  { id, stream, detector }: OpenFrame,
  { created, lastTs: last_ts, observations }: OpenAnswer,
): AckFrame {
  return { type: "ack", id, stream, detector, created, last_ts, observations };
}

export function observeAck(
  { stream }: ObserveFrame,
  id: number,
  { accepted, duplicates, lastTs: last_ts }: ObserveAnswer,
): AckFrame {
  return { type: "ack", id, stream, duplicate: accepted === 0, accepted, duplicates, last_ts };
}

export function stateAck({ id, stream }: StateFrame, { state, path }: StateAnswer): StateAckFrame {
  return { type: "ack", id, stream, state, ...(path !== undefined && { path: wirePath(path) }) };
}

function wirePath({ kind, regimes, times, regime, probabilities, rows }: StatePath): WirePath {
  const n = times.length;
  return {
    kind,
    causal: kind === "filtered",
    regimes,
    ts: toWire({ datatype: "FP64", shape: [n], data: times }),
    regime: toWire({ datatype: "INT32", shape: [n], data: regime }),
    probabilities: toWire({ datatype: "FP64", shape: [n, regimes.length], data: probabilities.slice() }),
    ...(rows !== undefined && {
      values: toWire({ datatype: "FP64", shape: [n, n === 0 ? 0 : rows.length / n], data: rows.slice() }),
    }),
  };
}
