/** The statistical jump model as a servable. */

import type { Signature } from "../../servable.js";
import { costMaxima } from "../cost-maxima.js";
import { type Fit, precisionParameter, randomStateParameter, samplesInput } from "../fit.js";
import {
  flagScalar,
  floatScalar,
  floatTensor,
  integerScalar,
  labelTensor,
  readSamples,
} from "../float-tensors.js";
import { ParameterReader } from "../parameters.js";
import { flagOutput, floatOutput, integerFrom, integerOutput, nonNegative } from "../specs.js";
import { jumpModel } from "./jump-model.js";

const signature: Signature = {
  name: "jump_model",
  version: "1",
  kind: "fit",
  description:
    "A statistical jump model over one series: k-means whose states may change only at a price. Scale the " +
    "columns to unit variance first, or jump_penalty means another thing for each.",
  inputs: [samplesInput],
  outputs: [
    floatOutput("cluster_centers", ["k", "p"], "The mean of each state's rows."),
    integerOutput("labels", ["n"], "The cheapest path of states, the later rows known."),
    floatOutput(
      "costs",
      ["n", "k"],
      "What the cheapest path up to a row costs that ends in each state, less the cheapest: what was known then.",
    ),
    floatOutput(
      "objective",
      [],
      "Halved squared distances of the rows to their state's centre, and jump_penalty for each change.",
    ),
    integerOutput("n_iter", [], "Iterations of the best start."),
    flagOutput("converged", "Whether it stopped by itself; false: at max_iter."),
  ],
  parameters: [
    integerFrom("n_components", 1, 2, "How many hidden states to fit.", costMaxima.states),
    nonNegative(
      "jump_penalty",
      50,
      "What a change of state costs, in halved squared distance; 0: k-means, row by row.",
    ),
    integerFrom(
      "n_init",
      1,
      10,
      "How many starts, by greedy k-means++, to take the best of.",
      costMaxima.starts,
    ),
    integerFrom(
      "max_iter",
      1,
      1_000,
      "The largest number of iterations of one start.",
      costMaxima.iterations,
    ),
    randomStateParameter,
    precisionParameter,
  ],
};

export const jumpModelFit: Fit = {
  signature,
  async run(inputs, given, context) {
    const parameters = new ParameterReader(signature, given);
    const { data, n, p, datatype } = readSamples(inputs);
    const k = parameters.number("n_components");
    const fitted = await jumpModel(
      data,
      n,
      p,
      {
        states: k,
        penalty: parameters.number("jump_penalty"),
        starts: parameters.number("n_init"),
        iterationsMaximum: parameters.number("max_iter"),
        randomState: parameters.number("random_state"),
      },
      context,
    );
    return {
      cluster_centers: floatTensor(datatype, [k, p], fitted.centres),
      labels: labelTensor(fitted.labels),
      costs: floatTensor(datatype, [n, k], fitted.costs),
      objective: floatScalar(datatype, fitted.objective),
      n_iter: integerScalar(fitted.iterations),
      converged: flagScalar(fitted.converged),
    };
  },
};
