/** Scores of predictions against what came, with scikit-learn's definitions. Pure. */
import type { ScoreName } from "../../protocol/schedule-frames.js";

/** Predictions as they are scored: classes as text, values, or a row of probabilities for each. */
export interface Predictions {
  readonly labels?: readonly string[];
  readonly values?: readonly number[];
  readonly probabilities?: {
    readonly classes: readonly string[];
    readonly rows: readonly (readonly number[])[];
  };
}

export interface Targets {
  /** The classes as text. */
  readonly labels: readonly string[];
  readonly values: readonly number[];
}

export function isHigherBetter(score: ScoreName): boolean {
  return score === "accuracy" || score === "r2";
}

/** NaN where it is not defined, as R² of equal targets, or where a prediction is missing. */
export function scoreOf(score: ScoreName, predictions: Predictions, targets: Targets): number {
  const { labels = [], values = [], probabilities } = predictions;
  switch (score) {
    case "accuracy":
      return mean(targets.labels.map((label, i) => (labels[i] === label ? 1 : 0)));
    case "log_loss":
      return probabilities === undefined ? Number.NaN : logLoss(probabilities, targets.labels);
    case "r2": {
      const center = mean(targets.values);
      const total = sum(targets.values.map((value) => (value - center) ** 2));
      return total === 0 ? Number.NaN : 1 - sum(squaredErrors(values, targets.values)) / total;
    }
    case "rmse":
      return Math.sqrt(mean(squaredErrors(values, targets.values)));
    case "mae":
      return mean(targets.values.map((value, i) => Math.abs(value - at(values, i))));
  }
}

function logLoss(
  { classes, rows }: NonNullable<Predictions["probabilities"]>,
  labels: readonly string[],
): number {
  const places = new Map(classes.map((name, i) => [name, i]));
  return mean(
    labels.map((label, i) => {
      const row = rows[i] ?? [];
      const place = places.get(label);
      // A class that the model has never seen has no probability; as in scikit-learn that is not taken as infinite.
      const probability = place === undefined ? 0 : at(row, place);
      return -Math.log(Math.min(1 - Number.EPSILON, Math.max(Number.EPSILON, probability)));
    }),
  );
}

function squaredErrors(predicted: readonly number[], targets: readonly number[]): number[] {
  return targets.map((value, i) => (value - at(predicted, i)) ** 2);
}

function at(values: readonly number[], i: number): number {
  return values[i] ?? Number.NaN;
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? Number.NaN : sum(values) / values.length;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
