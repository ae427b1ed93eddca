/**
 * What watches a stream. Causal: what it says after an observation depends on nothing later. A step
 * takes microseconds and runs where the stream is, one that takes longer in pieces; a fit is asked of the
 * numerics, a learned model of its worker, and both are awaited.
 */
import type { WireTensors } from "../../protocol/frames.js";
import type { Pieces } from "../pieces.js";
import type { Parameters, Servable, Signature } from "../servable.js";

/** A fit the detector needs before it takes the next observation. */
export interface FitRequest {
  readonly model: string;
  readonly inputs: WireTensors;
  readonly parameters: Parameters;
}

/** What a detector's state is on disk: plain values and arrays of numbers, by name. */
export type SavedState = Readonly<Record<string, string | number | boolean | null | Float64Array>>;

/** Asks for the probabilities of each regime given the whole past, later observations included. */
export interface SmoothingRequest extends FitRequest {
  /** The output that holds them, [n, k] as the history has rows. */
  readonly output: string;
}

/** Observations that are about to be taken, row-major [n, d]. */
export interface UpcomingObservations {
  readonly rows: Float64Array;
  readonly n: number;
  readonly d: number;
}

/** The learned models of the gateway, as a detector asks them. */
export interface ModelClient {
  /**
   * The version that would answer now.
   * @throws HeadgateError not_found or unavailable
   */
  find(model: string, version: string | undefined): Servable;
  /** Computed in the engine's pool. @throws HeadgateError when there is no answer */
  infer(model: string, version: string | undefined, inputs: WireTensors): Promise<WireTensors>;
}

export interface DetectorState {
  /**
   * Asks a model for what `step` needs over the coming rows, all of them at once, and takes none yet. The next
   * `n` steps are over these very rows, unless it is asked anew first. Absent: `step` needs no model.
   * @throws HeadgateError when there is no answer; the state is what it was
   */
  prefetch?(coming: UpcomingObservations, history: ObservationHistory, models: ModelClient): Promise<void>;
  /** Takes one observation [d]; where that takes longer than a millisecond, by the work that it answers. */
  step(row: Float64Array): Pieces<void> | undefined;
  /** Probability of each regime now, calmest first; undefined while it warms up. */
  readonly probabilities: Float64Array | undefined;
  /** A fit on the past, when one is due. */
  due(history: ObservationHistory): Pieces<FitRequest | undefined> | undefined;
  /** Takes up a fit's answer; the history is what `due` saw. */
  adopt(outputs: WireTensors): Pieces<void>;
  /**
   * All that `restore` needs to go on as if nothing had happened, beside the history. Called after a step and
   * never between `due` and `adopt`. What it answers is not changed by later steps.
   */
  save(): SavedState;
  /** How the past looks from today, for charts: never for a decision. Undefined when it cannot say. */
  smoothing?(history: ObservationHistory): Pieces<SmoothingRequest | undefined>;
}

/** The past observations a stream remembers, oldest first. */
export interface ObservationHistory {
  /** Observations so far, those forgotten included. */
  readonly total: number;
  /** The last `count` observations, row-major [count, d], or as many as there are. */
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
  /** Names of the regimes, calmest first. */
  regimes(parameters: Parameters): readonly string[];
  /**
   * Whether a stream can be opened now, where that depends on more than the parameters.
   * @param d values in an observation, where they are known
   * @throws HeadgateError naming the field and what to do
   */
  admit?(parameters: Parameters, models: ModelClient, d?: number): void;
  /** Observations a stream must remember for it. */
  memory(parameters: Parameters): number;
  /** Values in an observation at most, where its state grows with more than their number. Absent: no bound of its own. */
  widthMax?(parameters: Parameters): number;
  start(parameters: Parameters): DetectorState;
  /** The state that `save` gave, by this version of the detector and with these parameters. */
  restore(parameters: Parameters, saved: SavedState): DetectorState;
}
