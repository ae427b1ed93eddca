/** Monte Carlo value at risk as a servable. */
import { invalidArgument } from "../../../protocol/errors.js";
import type { Precision } from "../../kernels/index.js";
import type { Signature } from "../../servable.js";
import { empiricalCovariance } from "../covariance/covariance.js";
import { ledoitWolf } from "../covariance/ledoit-wolf.js";
import {
  type Fit,
  type FitContext,
  type FitInputs,
  precisionParameter,
  randomStateParameter,
} from "../fit.js";
import { floatScalar, floatTensor, readFloats, readSamples, readVector } from "../float-tensors.js";
import { ParameterReader } from "../parameters.js";
import { floatOutput, optionalInput } from "../specs.js";
import { type MonteCarloOptions, monteCarloVar, type ReturnModel } from "./monte-carlo-var.js";

const signature: Signature = {
  name: "monte_carlo_var",
  version: "1",
  kind: "fit",
  description:
    "Value at risk and expected shortfall of a linear portfolio by simulated joint returns of its assets; " +
    "losses are positive. Means grow with the horizon, deviations with its root.",
  inputs: [
    optionalInput(
      "X",
      ["n", "p"],
      "Daily returns, one asset a column, to estimate their mean and covariance from; left out where mean and covariance are given.",
    ),
    optionalInput(
      "mean",
      ["p"],
      "The mean of daily returns, in place of that of X; zeros when only the covariance is given.",
    ),
    optionalInput("covariance", ["p", "p"], "The covariance of daily returns, in place of that of X."),
    optionalInput(
      "weights",
      ["p"],
      "The portfolio: what a return of each asset is multiplied by; equal if absent.",
    ),
    optionalInput("levels", ["k"], "Levels, each above 0 and below 1. They take the place of level."),
  ],
  outputs: [
    floatOutput("var", ["k"], "The loss that a share 1 - level of the paths exceeds."),
    floatOutput("cvar", ["k"], "The mean loss of the worst share 1 - level of the paths."),
    floatOutput("var_error", ["k"], "Standard error of var, by the spacing of the losses about its rank."),
    floatOutput("cvar_error", ["k"], "Standard error of cvar. For antithetic paths both are upper bounds."),
    floatOutput("mean", [], "The portfolio's expected return over the horizon; not simulated."),
    floatOutput(
      "volatility",
      [],
      "The standard deviation of the portfolio's return over the horizon; not simulated.",
    ),
  ],
  parameters: [
    {
      name: "level",
      description: "Confidence of var and cvar, as 0.99.",
      default: 0.99,
      anyOf: [{ type: "number", exclusiveMinimum: 0, exclusiveMaximum: 1 }],
    },
    {
      name: "horizon",
      description: "The number of days that the loss is over.",
      default: 1,
      anyOf: [{ type: "number", exclusiveMinimum: 0 }],
    },
    {
      name: "n_paths",
      description: "How many paths to simulate.",
      default: 100_000,
      anyOf: [{ type: "integer", minimum: 1, maximum: 10_000_000 }],
    },
    {
      name: "distribution",
      description:
        "The distribution of the asset returns; Student-t has the same covariance, and heavier tails.",
      default: "gaussian",
      anyOf: [{ type: "string", values: ["gaussian", "student_t"] }],
    },
    {
      name: "degrees_of_freedom",
      description: "The degrees of freedom of Student-t; its covariance exists above 2.",
      default: 4,
      anyOf: [{ type: "number", exclusiveMinimum: 2 }],
    },
    {
      name: "covariance",
      description: "How the covariance is estimated from X: empirical, divided by n; or shrunk.",
      default: "empirical",
      anyOf: [{ type: "string", values: ["empirical", "ledoit_wolf"] }],
    },
    {
      name: "antithetic",
      description:
        "Whether every second path is the mirror of the one before: a steadier mean, half the draws.",
      default: false,
      anyOf: [{ type: "boolean" }],
    },
    {
      ...randomStateParameter,
      description: "Seed of the paths' generator, xoshiro128++; one seed gives the same bits each time.",
    },
    precisionParameter,
  ],
};

export const monteCarloVarFit: Fit = {
  signature,
  async run(inputs, given, context) {
    const parameters = new ParameterReader(signature, given);
    const { model, datatype } = await readModel(inputs, parameters, context);
    const options = optionsOf(inputs, parameters, model.mean.length);
    const { risks, mean, volatility } = await monteCarloVar(model, options, context);
    const byLevel = (of: (risk: (typeof risks)[number]) => number) =>
      floatTensor(datatype, [risks.length], Float64Array.from(risks, of));
    return {
      var: byLevel((risk) => risk.valueAtRisk),
      cvar: byLevel((risk) => risk.shortfall),
      var_error: byLevel((risk) => risk.valueAtRiskError),
      cvar_error: byLevel((risk) => risk.shortfallError),
      mean: floatScalar(datatype, mean),
      volatility: floatScalar(datatype, volatility),
    };
  },
};

interface ReturnModelInput {
  readonly model: ReturnModel;
  readonly datatype: Precision;
}

/** A covariance takes the place of X; a mean alone takes the place of X's. */
async function readModel(
  inputs: FitInputs,
  parameters: ParameterReader,
  context: FitContext,
): Promise<ReturnModelInput> {
  if (inputs.covariance !== undefined) return readGivenModel(inputs);
  if (inputs.X === undefined) throw invalidArgument("inputs.X", "missing; give X, or mean and covariance");
  const { data, n, p, datatype } = readSamples(inputs);
  if (n < 2) throw invalidArgument("inputs.X", "1 row has no variance; at least 2 are needed");
  const estimate = parameters.get("covariance") === "ledoit_wolf" ? ledoitWolf : empiricalCovariance;
  const { location, covariance } = await estimate(data, n, p, false, context);
  return { model: { mean: readVector(inputs, "mean", p) ?? location, covariance }, datatype };
}

function readGivenModel(inputs: FitInputs): ReturnModelInput {
  if (inputs.X !== undefined) throw invalidArgument("inputs", "X and covariance: give one of them");
  const { data, n, p, datatype } = readSamples(inputs, "covariance");
  if (n !== p) throw invalidArgument("inputs.covariance", `shape [${n},${p}] is not square`);
  const covariance = Float64Array.from(data);
  refuseAsymmetric(covariance, p);
  return { model: { mean: readVector(inputs, "mean", p) ?? new Float64Array(p), covariance }, datatype };
}

function refuseAsymmetric(covariance: Float64Array, p: number): void {
  for (let i = 0; i < p; i++) {
    for (let j = 0; j < i; j++) {
      const a = covariance[i * p + j] as number;
      const b = covariance[j * p + i] as number;
      if (Math.abs(a - b) <= 1e-6 * (Math.abs(a) + Math.abs(b))) continue;
      throw invalidArgument("inputs.covariance", `not symmetric: ${a} in row ${i}, column ${j}, else ${b}`);
    }
  }
}

function optionsOf(inputs: FitInputs, parameters: ParameterReader, p: number): MonteCarloOptions {
  const { levels } = inputs;
  const studentT = parameters.get("distribution") === "student_t";
  return {
    weights: readVector(inputs, "weights", p) ?? new Float64Array(p).fill(1 / p),
    levels:
      levels === undefined
        ? Float64Array.of(parameters.number("level"))
        : readFloats(inputs, "levels", [levels.data.length]),
    horizon: parameters.number("horizon"),
    degreesOfFreedom: studentT ? parameters.number("degrees_of_freedom") : null,
    paths: parameters.number("n_paths"),
    antithetic: parameters.flag("antithetic"),
    randomState: parameters.number("random_state"),
  };
}
