/**
 * Bayesian online changepoint detection. The probability of the turbulent regime is the probability that the variance
 * of the current run is above the variance of the stream's whole past. Nothing is fitted: the first `warmup`
 * observations set the prior's mean and variance. Source: Adams and MacKay 2007, arXiv 0710.3742.
 */
import { type Pieces, whole } from "../pieces.js";
import type { Parameters } from "../servable.js";
import type { Detector, DetectorState, SavedState } from "./detector.js";
import { freshRun, nextRuns, type RunLengthPrior, type RunLengths, varianceAbove } from "./run-lengths.js";
import { noMoments, type RunningMoments, varianceOf, withRow } from "./running-moments.js";
import { savedArray, savedNumber } from "./saved-state.js";
import { hysteresisParameters, regimeNames, repeatsRemembered, valuesInput } from "./signature-parts.js";

interface BocpdSettings {
  /** Probability that a run ends with an observation. */
  readonly hazard: number;
  readonly warmup: number;
  readonly runsMaximum: number;
}

export const bocpdDetector: Detector = {
  signature: {
    name: "bocpd",
    version: "1",
    kind: "detector",
    description:
      "Bayesian online changepoint detection: turbulent when the present run's variance is above the stream's.",
    inputs: [valuesInput],
    outputs: [],
    parameters: [
      {
        name: "expected_run",
        description:
          "How many observations a run lasts on average: a change comes at each with probability 1 / expected_run.",
        default: 50,
        anyOf: [{ type: "number", minimum: 2, maximum: 1_000_000 }],
      },
      {
        name: "warmup",
        description:
          "How many observations set the prior's mean and variance; until then the regime is unknown.",
        default: 252,
        anyOf: [{ type: "integer", minimum: 30, maximum: 100_000 }],
      },
      {
        name: "max_runs",
        description: "How many runs are kept; beyond that the least likely is dropped.",
        default: 200,
        anyOf: [{ type: "integer", minimum: 10, maximum: 10_000 }],
      },
      ...hysteresisParameters,
    ],
  },
  regimes: () => regimeNames(2),
  memory: () => repeatsRemembered, // the state holds everything that the detector needs of the past
  widthMax: (parameters) => Math.floor(runNumbersMax / settingsOf(parameters).runsMaximum),
  start: (parameters) => new BocpdState(settingsOf(parameters)),
  restore: (parameters, saved) => BocpdState.from(settingsOf(parameters), saved),
};

function settingsOf(parameters: Parameters): BocpdSettings {
  return {
    hazard: 1 / Number(parameters["expected_run"]),
    warmup: Number(parameters["warmup"]),
    runsMaximum: Number(parameters["max_runs"]),
  };
}

/**
 * Limit on the runs times the values in an observation: two numbers are kept for each, and saved to disk with each
 * batch.
 */
const runNumbersMax = 262_144;

/** With no more of them a step takes some tens of microseconds, and is not divided into pieces. */
const runNumbersAtOnce = 2_048;

/** Larger values are replaced by this one, so that their squares and sums stay finite. */
const valueMaximum = 1e100;

class BocpdState implements DetectorState {
  private moments: RunningMoments | undefined;
  private prior: RunLengthPrior | undefined;
  private runs: RunLengths | undefined;
  private turbulent: number | undefined;

  constructor(private readonly settings: BocpdSettings) {}

  get probabilities(): Float64Array | undefined {
    return this.turbulent === undefined ? undefined : Float64Array.of(1 - this.turbulent, this.turbulent);
  }

  step(row: Float64Array): Pieces<void> | undefined {
    const taken = row.map((value) => Math.max(-valueMaximum, Math.min(value, valueMaximum)));
    this.moments = withRow(this.moments ?? noMoments(row.length), taken);
    if (this.prior !== undefined && this.runs !== undefined) {
      const work = this.follow(this.runs, taken, this.prior, varianceOf(this.moments));
      if (this.runs.weights.length * row.length > runNumbersAtOnce) return work;
      whole(work);
    } else if (this.moments.count === this.settings.warmup) {
      this.prior = { mean: this.moments.mean, variance: varianceOf(this.moments) };
      this.runs = freshRun(this.prior);
    }
    return undefined;
  }

  private *follow(
    runs: RunLengths,
    row: Float64Array,
    prior: RunLengthPrior,
    level: Float64Array,
  ): Pieces<void> {
    const { hazard, runsMaximum } = this.settings;
    this.runs = yield* nextRuns(runs, row, prior, hazard, runsMaximum);
    this.turbulent = yield* varianceAbove(this.runs, level);
  }

  due(): undefined {
    return undefined;
  }

  *adopt(): Pieces<void> {}

  save(): SavedState {
    if (this.moments === undefined) return {};
    const { count, mean, squares } = this.moments;
    const seen = { count, mean, squares };
    if (this.prior === undefined || this.runs === undefined) return seen;
    const prior = { prior_mean: this.prior.mean, prior_variance: this.prior.variance };
    return { ...seen, ...prior, ...this.runs, turbulent: this.turbulent ?? null };
  }

  static from(settings: BocpdSettings, saved: SavedState): BocpdState {
    const state = new BocpdState(settings);
    if (saved["count"] === undefined) return state; // nothing was observed yet
    state.moments = {
      count: savedNumber(saved, "count"),
      mean: savedArray(saved, "mean"),
      squares: savedArray(saved, "squares"),
    };
    if (saved["prior_mean"] === undefined) return state; // it was still warming up
    state.prior = { mean: savedArray(saved, "prior_mean"), variance: savedArray(saved, "prior_variance") };
    state.runs = {
      lengths: savedArray(saved, "lengths"),
      weights: savedArray(saved, "weights"),
      means: savedArray(saved, "means"),
      betas: savedArray(saved, "betas"),
    };
    if (saved["turbulent"] !== null) state.turbulent = savedNumber(saved, "turbulent");
    return state;
  }
}
