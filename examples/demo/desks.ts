/** The trading desks of the demo, and the questions that each sends at a day's close. */
import { type Tensor, tensor } from "../../client/typescript/index.js";
import type { FeatureName } from "./features.js";
import type { Market } from "./market.js";

export interface DeskQuestion {
  readonly model: string;
  readonly inputs: Readonly<Record<string, Tensor>>;
  readonly parameters?: Readonly<Record<string, number>>;
  /** The one number of an answer that the report shows. */
  readonly headline: (outputs: Readonly<Record<string, Tensor>>) => number;
}

export interface Desk {
  readonly name: string;
  /** The questions about today; empty while the history is too short. */
  readonly questions: (today: Market) => readonly DeskQuestion[];
}

/** The meaning of each headline, for the report. */
export const headlines: Readonly<Record<string, string>> = {
  "market-impact": "usual day's range, basis points",
  "signal-random-forest": "chance of over 1 % in five days",
  "lstm-regime": "chance of a turbulent month",
  pca: "variance in the first component",
  ledoit_wolf: "shrinkage of the covariance",
};

const impactFeatures: readonly FeatureName[] = [
  "return_1",
  "return_5",
  "return_21",
  "drawdown_63",
  "log_range_1",
  "log_range_5",
  "log_range_21",
  "log_range_63",
  "log_volatility_5",
  "log_volatility_21",
  "downside_share_21",
  "close_location_1",
  "log_relative_volume_1",
  "log_relative_volume_5",
  "log_impact_5",
  "log_impact_21",
];

const signalFeatures = impactFeatures.filter(
  (name) => !["log_range_63", "log_relative_volume_5", "log_impact_5", "log_impact_21"].includes(name),
);

const lstmFeatures: readonly FeatureName[] = [
  "return_1",
  "log_range_1",
  "log_relative_volume_1",
  "log_volatility_21",
];
const lstmDays = 42;

const riskFeatures: readonly FeatureName[] = [
  "return_1",
  "log_range_1",
  "log_relative_volume_1",
  "log_volatility_5",
  "drawdown_63",
  "downside_share_21",
  "close_location_1",
  "log_impact_5",
];
const riskDays = 252; // A year of trading days
const riskEveryDays = 5; // Once a week

/** A learned model's input: a batch of one row. Rounding to FP32 is the last step. */
function batchOfOne(values: Float64Array, shape: readonly number[]): Tensor {
  return tensor(Float32Array.from(values), [1, ...shape]);
}

function first(tensorOf: Tensor | undefined, index = 0): number {
  return Number(tensorOf?.data[index]);
}

const execution: Desk = {
  name: "execution",
  questions: (today) => {
    const row = today.window(impactFeatures, 1);
    if (row === undefined) return [];
    const X = batchOfOne(row, [row.length]);
    return [{ model: "market-impact", inputs: { X }, headline: ({ impact_bps }) => first(impact_bps) }];
  },
};

const signals: Desk = {
  name: "signals",
  questions: (today) => {
    const row = today.window(signalFeatures, 1);
    if (row === undefined) return [];
    const X = batchOfOne(row, [row.length]);
    // The probability that the next move is not flat.
    const headline: DeskQuestion["headline"] = ({ probabilities }) => 1 - first(probabilities, 1);
    return [{ model: "signal-random-forest", inputs: { X }, headline }];
  },
};

const allocation: Desk = {
  name: "allocation",
  questions: (today) => {
    const window = today.window(lstmFeatures, lstmDays);
    if (window === undefined) return [];
    const X = batchOfOne(window, [lstmDays, lstmFeatures.length]);
    return [
      { model: "lstm-regime", inputs: { X }, headline: ({ probabilities }) => first(probabilities, 1) },
    ];
  },
};

const risk: Desk = {
  name: "risk",
  questions: (today) => {
    const window = today.days % riskEveryDays === 0 ? today.window(riskFeatures, riskDays) : undefined;
    if (window === undefined) return [];
    const X = tensor(window, [riskDays, riskFeatures.length]);
    return [
      {
        model: "pca",
        inputs: { X },
        parameters: { n_components: 3 },
        headline: ({ explained_variance_ratio }) => first(explained_variance_ratio),
      },
      { model: "ledoit_wolf", inputs: { X }, headline: ({ shrinkage }) => first(shrinkage) },
    ];
  },
};

export const desks: readonly Desk[] = [execution, signals, allocation, risk];
