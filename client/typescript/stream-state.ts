/** The state of a stream, and the path by which it came there. */
import { ProtocolError } from "../../protocol/errors.js";
import { isFields } from "../../protocol/fields.js";
import type { AckFrame, PathKind, RegimeState, StateAckFrame, WirePath } from "../../protocol/frames.js";
import { fromWire, type WireTensor } from "../../protocol/tensor.js";
import type { CallOptions } from "./options.js";

/** What `state` is to tell. */
export interface StateOptions extends CallOptions {
  /** `filtered`: what was said when each observation came. `smoothed`: how the past looks from today; for charts only. */
  readonly path?: PathKind;
  /** Observations of the path, the newest so many. Default 1,000. */
  readonly limit?: number;
  /** Whether the path has the observations themselves. Default false. */
  readonly values?: boolean;
}

/** The path by which a stream came to its state: an entry for each observation. */
export interface RegimePath {
  /** Whether it tells what was said at the time, or how the past looks from today. */
  readonly kind: PathKind;
  /** True when each entry rests on nothing that came after it. */
  readonly causal: boolean;
  /** Names, calmest first. */
  readonly regimes: readonly string[];
  /** [n] milliseconds since the epoch. */
  readonly ts: Float64Array;
  /** [n] index into `regimes`; -1 before the first. */
  readonly regime: Int32Array;
  /** [n, k] row-major; NaN while the detector warmed up. */
  readonly probabilities: Float64Array;
  /** [n, d] row-major, where they were asked for. */
  readonly values?: Float64Array;
}

/** The state of a stream. */
export interface StreamState extends RegimeState {
  /** How it came there, where that was asked for. */
  readonly path?: RegimePath;
}

export function streamStateOf(ack: AckFrame): StreamState {
  const { state, path } = ack as StateAckFrame;
  if (!isFields(state)) throw new ProtocolError("ack.state must be a map");
  return path === undefined ? state : { ...state, path: pathOf(path) };
}

function pathOf({ kind, causal, regimes, ts, regime, probabilities, values }: WirePath): RegimePath {
  const numbers = (tensor: WireTensor) => Array.from(fromWire(tensor).data, Number);
  return {
    kind,
    causal,
    regimes,
    ts: Float64Array.from(numbers(ts)),
    regime: Int32Array.from(numbers(regime)),
    probabilities: Float64Array.from(numbers(probabilities)),
    ...(values !== undefined && { values: Float64Array.from(numbers(values)) }),
  };
}
