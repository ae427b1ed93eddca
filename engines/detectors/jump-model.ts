/**
 * The statistical jump model, followed online: the current state is the one in which the cheapest path so far ends,
 * by one step of dynamic programming per observation. Past decisions are never revised. A state is left only when the
 * accumulated evidence against it exceeds the penalty, so changes are rare. Source: Nystrup, Kolm and Lindström 2020,
 * "Greedy online classification of persistent market states"; Shu, Yu and Mulvey 2024, arXiv 2402.05272.
 */
import type { WireTensors } from "../../protocol/frames.js";
import { toWire } from "../../protocol/tensor.js";
import { jumpStep } from "../numerics/hmm/jump-model.js";
import type { Pieces } from "../pieces.js";
import type { Parameters } from "../servable.js";
import type { Detector, DetectorState, FitRequest, ObservationHistory, SavedState } from "./detector.js";
import { FeatureStream } from "./feature-stream.js";
import {
  downsideFeatures,
  type FeatureKind,
  plainFeatures,
  riskMetricsHalflife,
  volatilityFeatures,
} from "./features.js";
import { fitted, isDue, type RefitSchedule, refitParameters, refitScheduleOf } from "./refit-schedule.js";
import { savedArray } from "./saved-state.js";
import { hysteresisParameters, regimeCount, regimeNames, valuesInput } from "./signature-parts.js";
import { reordered, varianceOrder } from "./variance-order.js";

interface JumpModelSettings {
  readonly states: number;
  readonly penalty: number;
  readonly features: FeatureKind;
  readonly refitting: RefitSchedule;
}

export const jumpModelDetector: Detector = {
  signature: {
    name: "jump_model",
    version: "1",
    kind: "detector",
    description:
      "A statistical jump model, online: the state in which the cheapest path so far ends, fitted on the past.",
    inputs: [valuesInput],
    outputs: [],
    parameters: [
      regimeCount,
      {
        name: "jump_penalty",
        description:
          "What a change of regime costs, in halved squared distance of features of unit variance.",
        default: 2,
        anyOf: [{ type: "number", minimum: 0, maximum: 1e6 }],
      },
      {
        name: "features",
        description:
          "What is made of each column: volatility, the log of its volatility (half-life 11); downside, its downside " +
          "deviation (10) and Sortino ratios (20, 60), which part rising from falling more than calm from " +
          "turbulent; values, the column as it comes.",
        default: "volatility",
        anyOf: [{ type: "string", values: ["volatility", "downside", "values"] }],
      },
      ...refitParameters({ warmup: 252, every: 63, window: 3_000 }),
      ...hysteresisParameters,
    ],
  },
  regimes: (parameters) => regimeNames(Number(parameters["n_components"])),
  memory: (parameters) => refitScheduleOf(parameters).window,
  start: (parameters) => new JumpModelState(settingsOf(parameters)),
  restore: (parameters, saved) => JumpModelState.from(settingsOf(parameters), saved),
};

const featureKinds: Readonly<Record<string, FeatureKind>> = {
  volatility: volatilityFeatures(riskMetricsHalflife),
  downside: downsideFeatures,
  values: plainFeatures,
};

function settingsOf(parameters: Parameters): JumpModelSettings {
  return {
    states: Number(parameters["n_components"]),
    penalty: Number(parameters["jump_penalty"]),
    features: featureKinds[String(parameters["features"])] ?? plainFeatures,
    refitting: refitScheduleOf(parameters),
  };
}

class JumpModelState implements DetectorState {
  private features: FeatureStream;
  /** [k, m], calmest first. */
  private centres: Float64Array | undefined;
  /** [k] the cost of the cheapest path that ends in each state, minus the lowest of them. */
  private costs: Float64Array | null = null;

  constructor(private readonly settings: JumpModelSettings) {
    this.features = new FeatureStream(settings.features);
  }

  /**
   * Computed as if the costs were negative log likelihoods: the distances are those of Gaussians of unit variance.
   */
  get probabilities(): Float64Array | undefined {
    if (this.costs === null) return undefined;
    const weights = this.costs.map((cost) => Math.exp(-cost));
    const sum = weights.reduce((a, b) => a + b, 0);
    return weights.map((weight) => weight / sum);
  }

  step(row: Float64Array): undefined {
    const features = this.features.step(row);
    if (features === undefined || this.centres === undefined) return;
    this.costs = jumpStep(this.costs, this.centres, this.settings.penalty, features);
  }

  due(history: ObservationHistory): Pieces<FitRequest> | undefined {
    return isDue(this.settings.refitting, history.total) ? this.fitOf(history) : undefined;
  }

  private *fitOf(history: ObservationHistory): Pieces<FitRequest> {
    const { refitting, states, penalty } = this.settings;
    const { X, n, m } = yield* this.features.window(history, refitting.window);
    return {
      model: "jump_model",
      inputs: { X: toWire({ datatype: "FP64", shape: [n, m], data: X }) },
      parameters: { n_components: states, jump_penalty: penalty },
    };
  }

  *adopt(outputs: WireTensors): Pieces<void> {
    const k = this.settings.states;
    const { rows, d, m } = this.features.adopt();
    const labels = fitted(outputs, "labels");
    const shares = Float64Array.from({ length: labels.length * k }, (_, i) => {
      return labels[Math.floor(i / k)] === i % k ? 1 : 0;
    });
    const order = yield* varianceOrder(rows, d, shares, k);
    this.centres = reordered(fitted(outputs, "cluster_centers"), order, m);
    // The fit's last row is the current observation.
    this.costs = reordered(fitted(outputs, "costs").slice(-k), order, 1);
  }

  save(): SavedState {
    if (this.centres === undefined) return {};
    return { ...this.features.save(), centres: this.centres, costs: this.costs };
  }

  static from(settings: JumpModelSettings, saved: SavedState): JumpModelState {
    const state = new JumpModelState(settings);
    if (saved["centres"] === undefined) return state; // it was still warming up
    state.features = FeatureStream.restore(settings.features, saved);
    state.centres = savedArray(saved, "centres");
    state.costs = savedArray(saved, "costs");
    return state;
  }
}
