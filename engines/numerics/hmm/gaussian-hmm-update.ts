/**
 * New rows for a fitted GaussianHMM: the forward filter continues from its last state, with the parameters unchanged.
 * The last filtered row contains everything that the past says about the future.
 */
import { ignoreWork, type WorkReporter } from "../../kernels/index.js";
import type { Signature } from "../../servable.js";
import { applicationSignature, readProbabilities, readRows, requireAttributes } from "../attributes.js";
import { type Fit, throwIfAborted, workReporterOf } from "../fit.js";
import { floatScalar, floatTensor, refuseTooLarge, toFloat64 } from "../float-tensors.js";
import { ParameterReader } from "../parameters.js";
import { floatOutput, optionalInput } from "../specs.js";
import { type FilterModel, filterRow, predict } from "./forward-filter.js";
import { densityCost, logDensities } from "./gaussian-emission.js";
import { hmmAttributes, readModel } from "./gaussian-hmm-apply.js";
import { logFilterRow, logPredict, probabilityOf } from "./log-filter.js";

export interface Continuation {
  /** [n,k] the probability of each state given all rows up to this one, the earlier ones too. */
  readonly filtered: Float64Array;
  /** log p(X | the rows before). */
  readonly logLikelihood: number;
}

/** Filters X [n,d] on from the filtered row `last` [k]. */
export function continueFilter(
  x: Float64Array,
  n: number,
  model: FilterModel,
  last: Float64Array,
  reportWork: WorkReporter = ignoreWork,
): Continuation {
  return (model.mixing ? continueScaled : continueInLogarithms)(x, n, model, last, reportWork);
}

function continueScaled(
  x: Float64Array,
  n: number,
  model: FilterModel,
  last: Float64Array,
  reportWork: WorkReporter,
): Continuation {
  const { emission, transmat } = model;
  const { k, d } = emission;
  const filtered = new Float64Array(n * k);
  const weights = new Float64Array(k);
  const row = new Float64Array(k);
  const predicted = new Float64Array(k);
  const densities = new Float64Array(k);
  let logLikelihood = 0;
  for (let t = 0; t < n; t++) {
    reportWork(k * k + densityCost(emission));
    if (t === 0) predict(last, 0, transmat, predicted);
    else predict(filtered, (t - 1) * k, transmat, predicted);
    logDensities(emission, x, t * d, densities);
    logLikelihood += filterRow(predicted, densities, weights, row, 0);
    filtered.set(row, t * k);
  }
  return { filtered, logLikelihood };
}

function continueInLogarithms(
  x: Float64Array,
  n: number,
  { emission, logTransmat }: FilterModel,
  last: Float64Array,
  reportWork: WorkReporter,
): Continuation {
  const { k, d } = emission;
  const before = last.map(Math.log);
  const rows = new Float64Array(n * k);
  const densities = new Float64Array(k);
  let logLikelihood = 0;
  for (let t = 0; t < n; t++) {
    reportWork(8 * k * k + densityCost(emission));
    if (t === 0) logPredict(before, 0, logTransmat, k, rows, 0);
    else logPredict(rows, (t - 1) * k, logTransmat, k, rows, t * k);
    logDensities(emission, x, t * d, densities);
    logLikelihood += logFilterRow(densities, 0, rows, t * k, k);
  }
  return { filtered: rows.map(probabilityOf), logLikelihood };
}

const signature: Signature = applicationSignature({
  of: "gaussian_hmm",
  kind: "update",
  description:
    "Goes on filtering the series of a fitted gaussian_hmm with the rows that follow it: one by one or " +
    "together, `filtered` is what the filter over the whole series gives. The parameters stay as they are. " +
    "With zeros in transmat a state less probable than the least double goes on as if it had that.",
  attributes: [
    ...hmmAttributes,
    optionalInput(
      "filtered",
      ["m", "k"],
      "The filtered of the fit, or that of the last update; only its last row is read.",
    ),
  ],
  outputs: [
    floatOutput("filtered", ["n", "k"], "Probability of each state given all rows up to it."),
    floatOutput("log_likelihood", [], "The log-likelihood of X given the rows before it."),
  ],
});

export const gaussianHmmUpdate: Fit = {
  signature,
  async run(inputs, given, context) {
    new ParameterReader(signature, given);
    requireAttributes(inputs, ["transmat", "means", "covars", "filtered"]);
    const model = readModel(inputs, workReporterOf(context));
    const { k, d } = model.emission;
    const before = readProbabilities(inputs, "filtered", [inputs.filtered?.shape[0] ?? 0, k]);
    const { data, n, datatype } = readRows(inputs, d);
    refuseTooLarge("inputs.X", "probabilities", n, k);
    throwIfAborted(context);
    const { filtered, logLikelihood } = continueFilter(
      toFloat64(data),
      n,
      model,
      before.slice(-k),
      workReporterOf(context),
    );
    return {
      filtered: floatTensor(datatype, [n, k], filtered),
      log_likelihood: floatScalar(datatype, logLikelihood),
    };
  },
};
