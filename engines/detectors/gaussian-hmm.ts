/**
 * A Gaussian hidden Markov model, filtered online: the probability of each state given the observations so far. It is
 * first fitted after the warm-up and again as the stream grows, always on the past. Source: Hamilton 1989, "A new
 * approach to the economic analysis of nonstationary time series and the business cycle".
 */
import type { WireTensors } from "../../protocol/frames.js";
import { toWire } from "../../protocol/tensor.js";
import { type FilterModel, filterModel, type HmmParameters } from "../numerics/hmm/forward-filter.js";
import { forwardStep } from "../numerics/hmm/log-filter.js";
import type { Pieces } from "../pieces.js";
import type { Parameters } from "../servable.js";
import type {
  Detector,
  DetectorState,
  FitRequest,
  ObservationHistory,
  SavedState,
  SmoothingRequest,
} from "./detector.js";
import { fitted, isDue, type RefitSchedule, refitParameters, refitScheduleOf } from "./refit-schedule.js";
import { savedArray, savedNumber } from "./saved-state.js";
import { type FeatureScale, scaled, scaledRows, scaleOf } from "./scaling.js";
import {
  hysteresisParameters,
  regimeCount,
  regimeNames,
  valuesInput,
  widthOfCovariances,
} from "./signature-parts.js";

interface GaussianHmmSettings {
  readonly states: number;
  readonly refitting: RefitSchedule;
}

export const gaussianHmmDetector: Detector = {
  signature: {
    name: "gaussian_hmm",
    version: "1",
    kind: "detector",
    description:
      "A Gaussian hidden Markov model, filtered forward online and refitted on the past as the stream grows.",
    inputs: [valuesInput],
    outputs: [],
    parameters: [
      regimeCount,
      ...refitParameters({ warmup: 252, every: 63, window: 10_000 }),
      ...hysteresisParameters,
    ],
  },
  regimes: (parameters) => regimeNames(Number(parameters["n_components"])),
  memory: (parameters) => refitScheduleOf(parameters).window,
  widthMax: widthOfCovariances,
  start: (parameters) => new GaussianHmmState(settingsOf(parameters)),
  restore: (parameters, saved) => GaussianHmmState.from(settingsOf(parameters), saved),
};

function settingsOf(parameters: Parameters): GaussianHmmSettings {
  return { states: Number(parameters["n_components"]), refitting: refitScheduleOf(parameters) };
}

class GaussianHmmState implements DetectorState {
  private fitted: HmmParameters | undefined;
  private model: FilterModel | undefined;
  private filtered: Float64Array | null = null;
  /** Logarithms of the filtered probabilities: a probability too small for float64 is still kept. */
  private logFiltered: Float64Array | null = null;
  /** The scale of the last fit, which is applied to later observations. */
  private scale: FeatureScale | undefined;
  private next: FeatureScale | undefined;

  constructor(private readonly settings: GaussianHmmSettings) {}

  get probabilities(): Float64Array | undefined {
    return this.filtered ?? undefined;
  }

  step(row: Float64Array): undefined {
    if (this.model === undefined || this.scale === undefined) return;
    const step = forwardStep(this.logFiltered, this.model, scaled(row, this.scale));
    this.filtered = step.filtered;
    this.logFiltered = step.logFiltered;
  }

  due(history: ObservationHistory): Pieces<FitRequest> | undefined {
    return isDue(this.settings.refitting, history.total) ? this.fitOf(history) : undefined;
  }

  private *fitOf(history: ObservationHistory): Pieces<FitRequest> {
    const { refitting, states } = this.settings;
    const { rows, n, d } = yield* history.last(refitting.window);
    this.next = yield* scaleOf(rows, d);
    const X = { datatype: "FP64", shape: [n, d], data: yield* scaledRows(rows, this.next) } as const;
    return {
      model: "gaussian_hmm",
      inputs: { X: toWire(X), ...startOf(states, d) },
      parameters: { n_components: states, covariance_type: "full", covars_prior: 0, n_iter: 200, tol: 1e-4 },
    };
  }

  *adopt(outputs: WireTensors): Pieces<void> {
    const k = this.settings.states;
    const means = fitted(outputs, "means");
    const d = means.length / k;
    const covars = fitted(outputs, "covars");
    yield;
    const [startprob, transmat] = [fitted(outputs, "startprob"), fitted(outputs, "transmat")];
    this.fitted = { k, d, diagonal: false, means, covars, startprob, transmat };
    this.model = filterModel(this.fitted);
    this.scale = this.next;
    this.filtered = fitted(outputs, "filtered").slice(-k); // the fit's last row is the current observation
    this.logFiltered = this.filtered.map(Math.log);
  }

  save(): SavedState {
    if (this.fitted === undefined || this.scale === undefined) return {};
    const { d, means, covars, startprob, transmat } = this.fitted;
    const { mean, inverse } = this.scale;
    const { filtered, logFiltered } = this;
    return { d, means, covars, startprob, transmat, mean, inverse, filtered, logFiltered };
  }

  static from(settings: GaussianHmmSettings, saved: SavedState): GaussianHmmState {
    const state = new GaussianHmmState(settings);
    if (saved["d"] === undefined) return state; // it was still warming up
    const kept = (name: string) => savedArray(saved, name);
    const [means, covars, startprob, transmat] = [
      kept("means"),
      kept("covars"),
      kept("startprob"),
      kept("transmat"),
    ];
    const d = savedNumber(saved, "d");
    state.fitted = { k: settings.states, d, diagonal: false, means, covars, startprob, transmat };
    state.model = filterModel(state.fitted);
    state.scale = { mean: kept("mean"), inverse: kept("inverse") };
    state.filtered = kept("filtered");
    // States saved by earlier versions hold the probabilities without their logarithms.
    state.logFiltered =
      saved["logFiltered"] === undefined ? state.filtered.map(Math.log) : kept("logFiltered");
    return state;
  }

  /** Applies the current model to all kept observations, as a client could by `gaussian_hmm.apply`. */
  *smoothing(history: ObservationHistory): Pieces<SmoothingRequest | undefined> {
    if (this.fitted === undefined || this.scale === undefined) return undefined;
    const { k, d, means, covars, startprob, transmat } = this.fitted;
    const { rows, n } = yield* history.last(this.settings.refitting.window);
    const fp64 = (shape: number[], data: Float64Array) => toWire({ datatype: "FP64", shape, data });
    return {
      model: "gaussian_hmm.apply",
      inputs: {
        X: fp64([n, d], yield* scaledRows(rows, this.scale)),
        // Copied, because the memory of inputs may be transferred to the worker.
        startprob: fp64([k], startprob.slice()),
        transmat: fp64([k, k], transmat.slice()),
        means: fp64([k, d], means.slice()),
        covars: fp64([k, d, d], covars.slice()),
      },
      parameters: {},
      output: "smoothed",
    };
  }
}

/**
 * The start values of Baum–Welch: states that differ only in variance. A start by k-means would split returns by
 * sign, and the fit would stay in that local optimum.
 */
function startOf(k: number, d: number): WireTensors {
  const fp64 = (shape: number[], at: (i: number) => number) => {
    const data = Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => at(i));
    return toWire({ datatype: "FP64", shape, data });
  };
  const variance = (state: number) => 2 ** ((2 * state) / (k - 1) - 1); // from half to twice the variance
  return {
    startprob: fp64([k], () => 1 / k),
    transmat: fp64([k, k], (i) => (i % (k + 1) === 0 ? 0.95 : 0.05 / (k - 1))),
    means: fp64([k, d], () => 0),
    covars: fp64([k, d, d], (i) => ((i % (d * d)) % (d + 1) === 0 ? variance(Math.floor(i / (d * d))) : 0)),
  };
}
