/** The parameters that nmf and nmf.apply share. */

import type { ParameterSpec } from "../../servable.js";
import { costMaxima } from "../cost-maxima.js";
import { randomStateParameter } from "../fit.js";
import type { ParameterReader } from "../parameters.js";
import { choice, integerFrom, nonNegative } from "../specs.js";
import type { TransformOptions } from "./nmf.js";

export const descentParameters: readonly ParameterSpec[] = [
  choice(
    "solver",
    ["cd", "mu"],
    "The solver: cd is coordinate descent, mu is multiplicative updates, which keep zeros.",
  ),
  nonNegative(
    "tol",
    1e-4,
    "The solver ends at this share of the first violation (cd) or of the first error (mu).",
  ),
  integerFrom("max_iter", 1, 200, "The largest number of iterations.", costMaxima.iterations),
  nonNegative("alpha_W", 0, "The penalty of W, multiplied by the number of columns of X."),
  {
    name: "l1_ratio",
    description: "Share of the penalties that goes by sums; the rest goes by squares.",
    default: 0,
    anyOf: [{ type: "number", minimum: 0, maximum: 1 }],
  },
  {
    name: "shuffle",
    description: "Whether coordinate descent takes the parts in random order.",
    default: false,
    anyOf: [{ type: "boolean" }],
  },
  randomStateParameter,
];

export function readDescent(parameters: ParameterReader): TransformOptions {
  return {
    solver: parameters.get("solver") === "mu" ? "mu" : "cd",
    tolerance: parameters.number("tol"),
    iterationsMaximum: parameters.number("max_iter"),
    alphaW: parameters.number("alpha_W"),
    l1Ratio: parameters.number("l1_ratio"),
    shuffle: parameters.flag("shuffle"),
    randomState: parameters.number("random_state"),
  };
}
