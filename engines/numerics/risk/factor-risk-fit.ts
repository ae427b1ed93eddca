/** The factor model and a portfolio's risk under it, as a servable. */
import type { Signature } from "../../servable.js";
import { type Fit, precisionParameter, samplesInput } from "../fit.js";
import { floatScalar, floatTensor, integerScalar, readSamples, readVector } from "../float-tensors.js";
import { ParameterReader } from "../parameters.js";
import { floatOutput } from "../specs.js";
import { factorModel, portfolioRisk } from "./factor-risk.js";

const signature: Signature = {
  name: "factor_risk",
  version: "1",
  kind: "fit",
  description:
    "Principal components of asset returns as risk factors: the covariance is that of the factors plus a " +
    "variance of each asset's own; and a portfolio's risk under it. Variances are divided by n - 1.",
  inputs: [
    {
      ...samplesInput,
      description: "Returns, one asset a column; finite numbers. Float outputs come in this datatype.",
    },
    {
      name: "weights",
      datatypes: ["FP64", "FP32"],
      shape: ["p"],
      optional: true,
      description: "The portfolio: what a return of each asset is multiplied by; equal if absent.",
    },
  ],
  outputs: [
    floatOutput("loadings", ["p", "k"], "What an asset returns when a factor returns one; unit columns."),
    floatOutput("factor_variance", ["k"], "Variance of each factor, largest first."),
    floatOutput("explained_variance_ratio", ["k"], "Each factor's share of the assets' total variance."),
    floatOutput("specific_variance", ["p"], "What the factors leave of each asset's variance."),
    floatOutput("mean", ["p"], "Mean return of each asset."),
    { name: "n_components", datatypes: ["INT32"], shape: [], description: "How many factors, k, were kept." },
    floatOutput("exposures", ["k"], "The portfolio's loading on each factor."),
    floatOutput(
      "portfolio_variance",
      [],
      "The portfolio's variance: the factor and the specific part together.",
    ),
    floatOutput(
      "portfolio_factor_variance",
      [],
      "The part of the portfolio's variance that the factors explain.",
    ),
    floatOutput(
      "portfolio_specific_variance",
      [],
      "The part of the portfolio's variance that is the assets' own.",
    ),
    floatOutput("risk_share", ["k"], "Each factor's share of the portfolio's variance."),
    floatOutput(
      "specific_share",
      [],
      "The specific part's share of the portfolio's variance; all shares sum to 1, or to 0 without variance.",
    ),
    floatOutput(
      "marginal_contributions",
      ["p"],
      "How the volatility grows with each weight; times the weights they sum to it.",
    ),
  ],
  parameters: [
    {
      name: "n_components",
      description: "How many factors to keep; or a share of variance between 0 and 1; null keeps min(n, p).",
      default: 0.9,
      anyOf: [
        { type: "null" },
        { type: "integer", minimum: 1, boundedByData: true },
        { type: "number", exclusiveMinimum: 0, exclusiveMaximum: 1 },
      ],
    },
    precisionParameter,
  ],
};

export const factorRiskFit: Fit = {
  signature,
  async run(inputs, given, context) {
    const parameters = new ParameterReader(signature, given);
    const { data, n, p, datatype } = readSamples(inputs);
    const weights = readVector(inputs, "weights", p) ?? new Float64Array(p).fill(1 / p);
    const asked = parameters.get("n_components");
    const model = await factorModel(data, n, p, typeof asked === "number" ? asked : null, context);
    const risk = portfolioRisk(model, weights);
    const k = model.factors;
    return {
      loadings: floatTensor(datatype, [p, k], model.loadings),
      factor_variance: floatTensor(datatype, [k], model.factorVariance),
      explained_variance_ratio: floatTensor(datatype, [k], model.explainedVarianceRatio),
      specific_variance: floatTensor(datatype, [p], model.specificVariance),
      mean: floatTensor(datatype, [p], model.mean),
      n_components: integerScalar(k),
      exposures: floatTensor(datatype, [k], risk.exposures),
      portfolio_variance: floatScalar(datatype, risk.variance),
      portfolio_factor_variance: floatScalar(datatype, risk.factorVariance),
      portfolio_specific_variance: floatScalar(datatype, risk.specificVariance),
      risk_share: floatTensor(datatype, [k], risk.riskShare),
      specific_share: floatScalar(datatype, risk.specificShare),
      marginal_contributions: floatTensor(datatype, [p], risk.marginalContributions),
    };
  },
};
