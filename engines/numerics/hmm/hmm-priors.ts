/** hmmlearn's priors at a fit's door: each a number for all states, or an input of a number for each. */
import { invalidArgument } from "../../../protocol/errors.js";
import type { ParameterSpec, TensorSpec } from "../../servable.js";
import type { FitInputs } from "../fit.js";
import { readFloats } from "../float-tensors.js";
import type { ParameterReader } from "../parameters.js";
import { nonNegative, optionalInput } from "../specs.js";
import { readCovariances } from "./hmm-covariances.js";
import type { HmmPriors } from "./learning.js";

export const priorParameters: readonly ParameterSpec[] = [
  nonNegative("startprob_prior", 1, "The Dirichlet prior of startprob."),
  nonNegative("transmat_prior", 1, "Dirichlet prior of each row of transmat."),
  {
    name: "means_prior",
    description: "The mean that is expected of each state and column.",
    default: 0,
    anyOf: [{ type: "number" }],
  },
  nonNegative("means_weight", 0, "How many rows of a state the expected means count for."),
  nonNegative(
    "covars_prior",
    1e-2,
    "The scale of the prior of the covariances, which is added to each of their elements.",
  ),
  nonNegative("covars_weight", 1, "The weight of the prior of the covariances."),
];

export const priorInputs: readonly TensorSpec[] = [
  optionalInput(
    "startprob_prior",
    ["k"],
    "The Dirichlet prior of startprob by state, in place of the parameter.",
  ),
  optionalInput(
    "transmat_prior",
    ["k", "k"],
    "The Dirichlet prior of transmat by step, in place of the parameter.",
  ),
  optionalInput(
    "means_prior",
    ["k", "p"],
    "The means that are expected by state, in place of the parameter.",
  ),
  optionalInput(
    "means_weight",
    ["k", "p"],
    "How many rows each expected mean counts for, in place of the parameter.",
  ),
  {
    ...optionalInput(
      "covars_prior",
      ["k", "p", "p"],
      "The scale of the prior by state, in place of the parameter; of variances [k,p] will do.",
    ),
    otherShapes: [["k", "p"]],
  },
];

/** @throws HeadgateError `invalid_argument` for a prior of another shape, or below 0 where it may not be */
export function readPriors(inputs: FitInputs, parameters: ParameterReader, k: number, d: number): HmmPriors {
  const read = (name: string, shape: readonly number[]) => {
    const size = shape.reduce((product, length) => product * length, 1);
    const given = inputs[name] !== undefined;
    return given ? readFloats(inputs, name, shape) : new Float64Array(size).fill(parameters.number(name));
  };
  const priors = {
    startprob: read("startprob_prior", [k]),
    transmat: read("transmat_prior", [k, k]),
    meansWeight: read("means_weight", [k, d]),
  };
  refuseNegative(priors.startprob, "startprob_prior");
  refuseNegative(priors.transmat, "transmat_prior");
  refuseNegative(priors.meansWeight, "means_weight");
  const covars =
    inputs["covars_prior"] === undefined
      ? read("covars_prior", [k, d, d])
      : readCovariances(inputs, "covars_prior", k, d);
  const means = read("means_prior", [k, d]);
  return { ...priors, means, covars, covarsWeight: parameters.number("covars_weight") };
}

function refuseNegative(values: Float64Array, name: string): void {
  const at = values.findIndex((value) => value < 0);
  if (at >= 0) throw invalidArgument(`inputs.${name}`, `element ${at} is ${values[at]}; none may be below 0`);
}
