/** What the signatures of several detectors say in the same words. */
import type { ParameterSpec, TensorSpec } from "../servable.js";
import { hysteresisDefaults } from "./hysteresis.js";

export const valuesInput: TensorSpec = {
  name: "values",
  datatypes: ["FP64", "FP32"],
  shape: ["n", "d"],
  description: "Returns or features",
};

export const regimeCount: ParameterSpec = {
  name: "n_components",
  description: "Regimes: 2 (calm, turbulent) or 3 (calm, normal, turbulent)",
  default: 2,
  anyOf: [{ type: "integer", minimum: 2, maximum: 3 }],
};

export const hysteresisParameters: readonly ParameterSpec[] = [
  {
    name: "enter_probability",
    description: "A regime is entered when its probability was at least this",
    default: hysteresisDefaults.enterProbability,
    anyOf: [{ type: "number", minimum: 0.5, maximum: 1 }],
  },
  {
    name: "min_dwell",
    description: "for so many observations in a row.",
    default: hysteresisDefaults.minDwell,
    anyOf: [{ type: "integer", minimum: 1, maximum: 10_000 }],
  },
];

/** Regimes are ordered by variance and named so. */
export function regimeNames(count: number): readonly string[] {
  return count === 2 ? ["calm", "turbulent"] : ["calm", "normal", "turbulent"];
}
