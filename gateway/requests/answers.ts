/** The results of requests as plain values, which each face converts to its own form. */
import type { PathKind, RegimeState } from "../../protocol/frames.js";
import type { Answer } from "../scheduling/queued-request.js";

export interface InferenceHandle {
  /** Rejects with a HeadgateError whose message is fit for the client. */
  readonly answer: Promise<Answer>;
  /**
   * True when the answer was computed for an earlier request with the same key or the same inputs. Of a request with
   * references it is known once it is answered.
   */
  readonly cached: boolean;
  cancel(): void;
}

export interface OpenAnswer {
  /** False when the stream was already open with these parameters. */
  readonly created: boolean;
  /** Milliseconds since the epoch: the last observation's own time, after which a feed continues. */
  readonly lastTs: number | null;
  readonly observations: number;
}

export interface ObserveAnswer {
  readonly accepted: number;
  readonly duplicates: number;
  readonly lastTs: number;
}

/** The current state of a stream, and its path where that was requested. */
export interface StateAnswer {
  readonly state: RegimeState;
  readonly path?: StatePath;
}

export interface StatePath {
  readonly kind: PathKind;
  /** The names of the regimes, calmest first. */
  readonly regimes: readonly string[];
  /** [n], the observations' own times in milliseconds since the epoch. */
  readonly times: Float64Array;
  /** [n], index into `regimes`; -1 before the first regime is known. */
  readonly regime: Int32Array;
  /** [n, k]; NaN while the detector warmed up. */
  readonly probabilities: Float64Array;
  /** [n, d], the observed values where they were requested. */
  readonly rows?: Float64Array;
}
