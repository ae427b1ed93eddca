/**
 * A mixture of Gaussians over the logarithm of recent volatility: the probability of each component given today's
 * volatility. It has no memory beyond that of its features. Over single returns a mixture could not give calm a high
 * probability: near zero the densities of both components are high.
 */
import type { WireTensors } from "../../protocol/frames.js";
import { toWire } from "../../protocol/tensor.js";
import { type GaussianEmission, logDensities, prepareEmission } from "../numerics/hmm/gaussian-emission.js";
import type { Pieces } from "../pieces.js";
import type { Parameters } from "../servable.js";
import type { Detector, DetectorState, FitRequest, ObservationHistory, SavedState } from "./detector.js";
import { FeatureStream } from "./feature-stream.js";
import { type FeatureKind, plainFeatures, volatilityFeatures } from "./features.js";
import { fitted, isDue, type RefitSchedule, refitParameters, refitScheduleOf } from "./refit-schedule.js";
import { savedArray } from "./saved-state.js";
import {
  hysteresisParameters,
  regimeCount,
  regimeNames,
  valuesInput,
  widthOfCovariances,
} from "./signature-parts.js";
import { reordered, varianceOrder } from "./variance-order.js";

interface GaussianMixtureSettings {
  readonly states: number;
  readonly features: FeatureKind;
  readonly refitting: RefitSchedule;
}

interface MixtureParameters {
  /** [k] */
  readonly weights: Float64Array;
  /** [k, m] */
  readonly means: Float64Array;
  /**
   * [m, m], shared by the components: then a more likely turbulent component always means a higher volatility, which
   * a broad component of its own would violate.
   */
  readonly covariance: Float64Array;
}

export const gaussianMixtureDetector: Detector = {
  signature: {
    name: "gaussian_mixture",
    version: "1",
    kind: "detector",
    description:
      "A Gaussian mixture of the log of recent volatility, refitted on the past as the stream grows.",
    inputs: [valuesInput],
    outputs: [],
    parameters: [
      regimeCount,
      {
        name: "halflife",
        description:
          "The number of observations in which a square's weight in the volatility halves; 0 takes the values as they come.",
        default: 2,
        anyOf: [{ type: "number", minimum: 0, maximum: 10_000 }],
      },
      ...refitParameters({ warmup: 252, every: 63, window: 10_000 }),
      ...hysteresisParameters,
    ],
  },
  regimes: (parameters) => regimeNames(Number(parameters["n_components"])),
  memory: (parameters) => refitScheduleOf(parameters).window,
  widthMax: widthOfCovariances,
  start: (parameters) => new GaussianMixtureState(settingsOf(parameters)),
  restore: (parameters, saved) => GaussianMixtureState.from(settingsOf(parameters), saved),
};

function settingsOf(parameters: Parameters): GaussianMixtureSettings {
  const halflife = Number(parameters["halflife"]);
  return {
    states: Number(parameters["n_components"]),
    features: halflife > 0 ? volatilityFeatures(halflife) : plainFeatures,
    refitting: refitScheduleOf(parameters),
  };
}

class GaussianMixtureState implements DetectorState {
  private features: FeatureStream;
  private mixture: MixtureParameters | undefined;
  private emission: GaussianEmission | undefined;
  private posterior: Float64Array | undefined;

  constructor(private readonly settings: GaussianMixtureSettings) {
    this.features = new FeatureStream(settings.features);
  }

  get probabilities(): Float64Array | undefined {
    return this.posterior;
  }

  step(row: Float64Array): undefined {
    const features = this.features.step(row);
    if (features === undefined || this.mixture === undefined || this.emission === undefined) return;
    const joint = new Float64Array(this.settings.states);
    logDensities(this.emission, features, 0, joint);
    this.posterior = normalised(joint, this.mixture.weights);
  }

  due(history: ObservationHistory): Pieces<FitRequest> | undefined {
    return isDue(this.settings.refitting, history.total) ? this.fitOf(history) : undefined;
  }

  private *fitOf(history: ObservationHistory): Pieces<FitRequest> {
    const { refitting, states } = this.settings;
    const { X, n, m } = yield* this.features.window(history, refitting.window);
    return {
      model: "gaussian_mixture",
      inputs: { X: toWire({ datatype: "FP64", shape: [n, m], data: X }) },
      parameters: { n_components: states, covariance_type: "tied", tol: 1e-5, max_iter: 500 },
    };
  }

  *adopt(outputs: WireTensors): Pieces<void> {
    const k = this.settings.states;
    const { rows, d, m } = this.features.adopt();
    const shares = fitted(outputs, "responsibilities");
    const order = yield* varianceOrder(rows, d, shares, k);
    this.take({
      weights: reordered(fitted(outputs, "weights"), order, 1),
      means: reordered(fitted(outputs, "means"), order, m),
      covariance: fitted(outputs, "covariances"),
    });
    this.posterior = reordered(shares.slice(-k), order, 1); // the fit's last row is the current observation
  }

  save(): SavedState {
    if (this.mixture === undefined) return {};
    return { ...this.features.save(), ...this.mixture, posterior: this.posterior ?? null };
  }

  static from(settings: GaussianMixtureSettings, saved: SavedState): GaussianMixtureState {
    const state = new GaussianMixtureState(settings);
    if (saved["weights"] === undefined) return state; // it was still warming up
    state.features = FeatureStream.restore(settings.features, saved);
    state.take({
      weights: savedArray(saved, "weights"),
      means: savedArray(saved, "means"),
      covariance: savedArray(saved, "covariance"),
    });
    state.posterior = savedArray(saved, "posterior");
    return state;
  }

  private take(mixture: MixtureParameters): void {
    const { means, covariance } = mixture;
    const k = this.settings.states;
    const covars = Float64Array.from({ length: k * covariance.length }, (_, i) => {
      return covariance[i % covariance.length] as number;
    });
    const emission = prepareEmission({ k, d: means.length / k, means, covars, diagonal: false });
    if (typeof emission === "number") throw new Error("the fit's covariance is not positive definite");
    this.mixture = mixture;
    this.emission = emission;
  }
}

/** Normalised probabilities from log densities [k] and weights [k]. */
function normalised(logs: Float64Array, weights: Float64Array): Float64Array {
  const highest = Math.max(...logs);
  const joint = logs.map((log, s) => (weights[s] ?? 0) * Math.exp(log - highest));
  const sum = joint.reduce((a, b) => a + b, 0);
  return sum > 0 ? joint.map((each) => each / sum) : logs.map((log) => (log === highest ? 1 : 0));
}
