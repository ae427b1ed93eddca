/** What requests are answered with: plain values, of which each face makes what it sends. */
import type { PathKind, RegimeState } from "../../protocol/frames.js";
import type { Answer } from "../scheduling/queued-request.js";

export interface InferenceHandle {
  /** Rejects with a HeadgateError that may be told to the asker as it is. */
  readonly answer: Promise<Answer>;
  /** True when the answer was computed for an earlier request: one with the same key, or the same inputs. */
  readonly cached: boolean;
  cancel(): void;
}

export interface OpenAnswer {
  /** False: it was open with these parameters already. */
  readonly created: boolean;
  /** Milliseconds since the epoch of its last observation's own time: a feed goes on from there. */
  readonly lastTs: number | null;
  readonly observations: number;
}

export interface ObserveAnswer {
  readonly accepted: number;
  readonly duplicates: number;
  readonly lastTs: number;
}

/** Where a stream stands, and how it came there, if that was asked for. */
export interface StateAnswer {
  readonly state: RegimeState;
  readonly path?: StatePath;
}

export interface StatePath {
  readonly kind: PathKind;
  /** Names, calmest first. */
  readonly regimes: readonly string[];
  /** [n], milliseconds since the epoch, as are the observations' own times. */
  readonly times: Float64Array;
  /** [n], index into `regimes`; -1 before the first. */
  readonly regime: Int32Array;
  /** [n, k]; NaN while the detector warmed up. */
  readonly probabilities: Float64Array;
  /** [n, d], where they were asked for. */
  readonly rows?: Float64Array;
}
