/**
 * The interface of a detector, which follows the regimes of a stream. Causal: its output after an observation depends
 * on no later one. A step takes microseconds and runs on the stream's own thread, a longer one in pieces; a fit runs
 * in the numerics workers and a learned model in its worker, and the stream awaits both.
 */
import type { WireTensors } from "../../protocol/frames.js";
import type { Pieces } from "../pieces.js";
import type { Parameters, Servable, Signature } from "../servable.js";

/** A fit that the detector needs before it takes the next observation. */
export interface FitRequest {
  readonly model: string;
  readonly inputs: WireTensors;
  readonly parameters: Parameters;
}

/** A detector's state as it is saved on disk: plain values and arrays of numbers, by name. */
export type SavedState = Readonly<Record<string, string | number | boolean | null | Float64Array>>;

/** A request for the probabilities of each regime given all observations, later ones included. */
export interface SmoothingRequest extends FitRequest {
  /** The name of the output that holds the probabilities, [n, k], one row for each row of the history. */
  readonly output: string;
}

/** The observations of the coming steps, row-major [n, d]. */
export interface UpcomingObservations {
  readonly rows: Float64Array;
  readonly n: number;
  readonly d: number;
}

/** The gateway's learned models, as a detector calls them. */
export interface ModelClient {
  /**
   * The version that would answer now.
   * @throws HeadgateError not_found or unavailable
   */
  find(model: string, version: string | undefined): Servable;
  /**
   * Runs a model in the engine's pool.
   * @throws HeadgateError when the model gives no answer
   */
  infer(model: string, version: string | undefined, inputs: WireTensors): Promise<WireTensors>;
}

export interface DetectorState {
  /**
   * Requests the model's answers for all coming rows in one batch, without taking the rows. The next `n` calls of
   * `step` are for these rows, unless `prefetch` is called again first. Absent: `step` needs no model.
   * @throws HeadgateError when the model gives no answer; the state is then unchanged
   */
  prefetch?(coming: UpcomingObservations, history: ObservationHistory, models: ModelClient): Promise<void>;
  /** Takes one observation [d]. Returns the work in pieces where a step takes longer than a millisecond. */
  step(row: Float64Array): Pieces<void> | undefined;
  /** The current probability of each regime, calmest first; undefined during the warm-up. */
  readonly probabilities: Float64Array | undefined;
  /** The request for a fit on the past, when one is due. */
  due(history: ObservationHistory): Pieces<FitRequest | undefined> | undefined;
  /** Applies the outputs of a fit; the history is the same as for `due`. */
  adopt(outputs: WireTensors): Pieces<void>;
  /**
   * Everything that `restore` needs to continue, beside the history. Called after a step and never between `due` and
   * `adopt`. Later steps do not change the returned state.
   */
  save(): SavedState;
  /**
   * The request for the probabilities of the past given all observations, for charts and never for decisions.
   * Undefined when the detector cannot compute them yet.
   */
  smoothing?(history: ObservationHistory): Pieces<SmoothingRequest | undefined>;
}

/** The past observations that a stream keeps, oldest first. */
export interface ObservationHistory {
  /** The number of observations so far, including discarded ones. */
  readonly total: number;
  /** The last `count` observations, row-major [count, d], or fewer where fewer are kept. */
  last(count: number): Pieces<PastRows>;
}

export interface PastRows {
  /** Row-major [n, d]. */
  readonly rows: Float64Array;
  readonly n: number;
  readonly d: number;
}

export interface Detector {
  readonly signature: Signature;
  /**
   * Whether its streams call learned models. Whoever opens such a stream needs the right to infer, and the models'
   * compute time is charged to the stream's tenant. Absent: its states have no `prefetch`.
   */
  readonly callsModels?: boolean;
  /** Names of the regimes, calmest first. */
  regimes(parameters: Parameters): readonly string[];
  /**
   * Checks whether a stream can be opened now, where that depends on more than the parameters.
   * @param d values in an observation, where the number is known
   * @throws HeadgateError naming the field and the remedy
   */
  admit?(parameters: Parameters, models: ModelClient, d?: number): void;
  /** The number of observations that a stream must keep for the detector. */
  memory(parameters: Parameters): number;
  /**
   * Limit on the values in an observation, where the state grows faster than linearly with them. Absent: the detector
   * has no limit of its own.
   */
  widthMax?(parameters: Parameters): number;
  start(parameters: Parameters): DetectorState;
  /** Restores a state that `save` returned, in this version of the detector and with these parameters. */
  restore(parameters: Parameters, saved: SavedState): DetectorState;
}
