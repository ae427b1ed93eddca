/** The parts that the signatures of several detectors share. */
import type { ParameterSpec, Parameters, TensorSpec } from "../servable.js";
import { type HysteresisRule, hysteresisDefaults } from "./hysteresis.js";

export const valuesInput: TensorSpec = {
  name: "values",
  datatypes: ["FP64", "FP32"],
  shape: ["n", "d"],
  description: "Returns or features, one observation a row.",
};

export const regimeCount: ParameterSpec = {
  name: "n_components",
  description: "How many regimes: 2 (calm, turbulent) or 3 (calm, normal, turbulent).",
  default: 2,
  anyOf: [{ type: "integer", minimum: 2, maximum: 3 }],
};

/** The specifications of the two parameters, with a detector's own defaults. */
export function hysteresisWith({ enterProbability, minDwell }: HysteresisRule): readonly ParameterSpec[] {
  return [
    {
      name: "enter_probability",
      description:
        "A regime is entered when its probability was at least this for min_dwell observations in a row.",
      default: enterProbability,
      anyOf: [{ type: "number", minimum: 0.5, maximum: 1 }],
    },
    {
      name: "min_dwell",
      description:
        "How many observations in a row a regime must reach enter_probability before it is entered.",
      default: minDwell,
      anyOf: [{ type: "integer", minimum: 1, maximum: 10_000 }],
    },
  ];
}

export const hysteresisParameters = hysteresisWith(hysteresisDefaults);

/**
 * Limit on the elements of all states' covariances: a step processes half of them, and they are saved to disk with
 * each batch.
 */
const covariancesMax = 262_144;

/** Limit on the values in an observation for states with full covariances: 362 for two states. */
export function widthOfCovariances(parameters: Parameters): number {
  return Math.floor(Math.sqrt(covariancesMax / Number(parameters["n_components"])));
}

/** The names of the regimes, which are ordered by variance. */
export function regimeNames(count: number): readonly string[] {
  return count === 2 ? ["calm", "turbulent"] : ["calm", "normal", "turbulent"];
}

/** Number of observations in which repeated ones are recognised, where the detector itself needs fewer. */
export const repeatsRemembered = 1_000;
