/**
 * A Gaussian hidden Markov model, filtered online: the probability of each state given what was
 * observed so far, never what came after. Fitted once enough is known and again as the stream grows,
 * always on the past. Source: Hamilton 1989, "A new approach to the economic analysis of
 * nonstationary time series and the business cycle".
 */
import type { Tensors } from "../../protocol/frames.js";
import { fromWire, toWire } from "../../protocol/tensor.js";
import {
  type FilterModel,
  filterModel,
  forwardStep,
  type HmmParameters,
} from "../numerics/forward-filter.js";
import type { Parameters } from "../servable.js";
import {
  type Detector,
  type DetectorState,
  type FitRequest,
  type History,
  hysteresisParameters,
  regimeNames,
  type SavedState,
  type Smoothing,
} from "./detector.js";

interface Settings {
  readonly states: number;
  readonly warmup: number;
  readonly refitEvery: number;
  readonly window: number;
}

export const gaussianHmmDetector: Detector = {
  signature: {
    name: "gaussian_hmm",
    version: "1",
    kind: "detector",
    description:
      "Gaussian hidden Markov model, online forward filter, refitted on the past as the stream grows",
    inputs: [
      { name: "values", datatypes: ["FP64", "FP32"], shape: ["n", "d"], description: "Returns or features" },
    ],
    outputs: [],
    parameters: [
      {
        name: "n_components",
        description: "Regimes: 2 (calm, turbulent) or 3 (calm, normal, turbulent)",
        default: 2,
        anyOf: [{ type: "integer", minimum: 2, maximum: 3 }],
      },
      {
        name: "warmup",
        description: "Observations before the first fit; until then the regime is unknown",
        default: 252,
        anyOf: [{ type: "integer", minimum: 30, maximum: 100_000 }],
      },
      {
        name: "refit_every",
        description: "Observations between fits",
        default: 63,
        anyOf: [{ type: "integer", minimum: 1, maximum: 1_000_000 }],
      },
      {
        name: "window",
        description: "Observations a fit looks back on",
        default: 10_000,
        anyOf: [{ type: "integer", minimum: 30, maximum: 100_000 }],
      },
      ...hysteresisParameters,
    ],
  },
  regimes: (parameters) => regimeNames(Number(parameters["n_components"])),
  memory: (parameters) => settingsOf(parameters).window,
  start: (parameters) => new GaussianHmmState(settingsOf(parameters)),
  restore: (parameters, saved) => GaussianHmmState.from(settingsOf(parameters), saved),
};

function settingsOf(parameters: Parameters): Settings {
  const window = Number(parameters["window"]);
  return {
    states: Number(parameters["n_components"]),
    warmup: Math.min(Number(parameters["warmup"]), window),
    refitEvery: Number(parameters["refit_every"]),
    window,
  };
}

class GaussianHmmState implements DetectorState {
  private fitted: HmmParameters | undefined;
  private model: FilterModel | undefined;
  private filtered: Float64Array | null = null;
  /** The fit's scale, which later observations share. */
  private scale: Scale | undefined;
  private next: Scale | undefined;

  constructor(private readonly settings: Settings) {}

  get probabilities(): Float64Array | undefined {
    return this.filtered ?? undefined;
  }

  step(row: Float64Array): void {
    if (this.model === undefined || this.scale === undefined) return;
    this.filtered = forwardStep(this.filtered, this.model, scaled(row, this.scale)).filtered;
  }

  due(history: History): FitRequest | undefined {
    const { warmup, refitEvery, window, states } = this.settings;
    if (history.total < warmup || (history.total - warmup) % refitEvery !== 0) return undefined;
    const { rows, n, d } = history.last(window);
    this.next = scaleOf(rows, n, d);
    const X = { datatype: "FP64", shape: [n, d], data: scaled(rows, this.next) } as const;
    return {
      model: "gaussian_hmm",
      inputs: { X: toWire(X), ...startOf(states, d) },
      parameters: { n_components: states, covariance_type: "full", covars_prior: 0, n_iter: 200, tol: 1e-4 },
    };
  }

  adopt(outputs: Tensors): void {
    const k = this.settings.states;
    const means = values(outputs, "means");
    const d = means.length / k;
    const covars = values(outputs, "covars");
    const [startprob, transmat] = [values(outputs, "startprob"), values(outputs, "transmat")];
    this.fitted = { k, d, diagonal: false, means, covars, startprob, transmat };
    this.model = filterModel(this.fitted);
    this.scale = this.next;
    this.filtered = values(outputs, "filtered").slice(-k); // the fit's last row is now
  }

  save(): SavedState {
    if (this.fitted === undefined || this.scale === undefined) return {};
    const { d, means, covars, startprob, transmat } = this.fitted;
    const { mean, inverse } = this.scale;
    return { d, means, covars, startprob, transmat, mean, inverse, filtered: this.filtered };
  }

  static from(settings: Settings, saved: SavedState): GaussianHmmState {
    const state = new GaussianHmmState(settings);
    if (saved["d"] === undefined) return state; // it was warming up
    const kept = (name: string) => keptArray(saved, name);
    const [means, covars, startprob, transmat] = [
      kept("means"),
      kept("covars"),
      kept("startprob"),
      kept("transmat"),
    ];
    const d = Number(saved["d"]);
    state.fitted = { k: settings.states, d, diagonal: false, means, covars, startprob, transmat };
    state.model = filterModel(state.fitted);
    state.scale = { mean: kept("mean"), inverse: kept("inverse") };
    state.filtered = kept("filtered");
    return state;
  }

  /** The present model over all that is remembered, as a client could ask it of `gaussian_hmm.apply`. */
  smoothing(history: History): Smoothing | undefined {
    if (this.fitted === undefined || this.scale === undefined) return undefined;
    const { k, d, means, covars, startprob, transmat } = this.fitted;
    const { rows, n } = history.last(this.settings.window);
    const fp64 = (shape: number[], data: Float64Array) => toWire({ datatype: "FP64", shape, data });
    return {
      model: "gaussian_hmm.apply",
      inputs: {
        X: fp64([n, d], scaled(rows, this.scale)),
        startprob: fp64([k], startprob.slice()), // inputs may be given away to the worker
        transmat: fp64([k, k], transmat.slice()),
        means: fp64([k, d], means.slice()),
        covars: fp64([k, d, d], covars.slice()),
      },
      parameters: {},
      output: "smoothed",
    };
  }
}

function keptArray(saved: SavedState, name: string): Float64Array {
  const value = saved[name];
  if (value instanceof Float64Array) return value;
  throw new Error(`gaussian_hmm: the saved state has no ${name}`);
}

/**
 * Where Baum–Welch begins: states that differ in variance and in nothing else. k-means would split
 * returns by sign, and the fit would stay there.
 */
function startOf(k: number, d: number): Tensors {
  const fp64 = (shape: number[], at: (i: number) => number) => {
    const data = Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => at(i));
    return toWire({ datatype: "FP64", shape, data });
  };
  const variance = (state: number) => 2 ** ((2 * state) / (k - 1) - 1); // from half to twice
  return {
    startprob: fp64([k], () => 1 / k),
    transmat: fp64([k, k], (i) => (i % (k + 1) === 0 ? 0.95 : 0.05 / (k - 1))),
    means: fp64([k, d], () => 0),
    covars: fp64([k, d, d], (i) => ((i % (d * d)) % (d + 1) === 0 ? variance(Math.floor(i / (d * d))) : 0)),
  };
}

interface Scale {
  /** [d] */
  readonly mean: Float64Array;
  /** [d] 1 / standard deviation. */
  readonly inverse: Float64Array;
}

/** Unit variance in the window, so that no floor in the fit depends on the units of the stream. */
function scaleOf(rows: Float64Array, n: number, d: number): Scale {
  const mean = new Float64Array(d);
  const variance = new Float64Array(d);
  rows.forEach((value, i) => {
    mean[i % d] = (mean[i % d] ?? 0) + value / n;
  });
  rows.forEach((value, i) => {
    variance[i % d] = (variance[i % d] ?? 0) + (value - (mean[i % d] ?? 0)) ** 2 / n;
  });
  return { mean, inverse: variance.map((v) => (v > 0 ? 1 / Math.sqrt(v) : 1)) };
}

function scaled(rows: Float64Array, { mean, inverse }: Scale): Float64Array {
  const d = mean.length;
  return rows.map((value, i) => (value - (mean[i % d] ?? 0)) * (inverse[i % d] ?? 1));
}

function values(outputs: Tensors, name: string): Float64Array {
  const tensor = outputs[name];
  if (tensor === undefined) throw new Error(`the fit gave no ${name}`);
  return Float64Array.from(fromWire(tensor).data as Float64Array);
}
