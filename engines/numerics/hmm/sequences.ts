/** Several sequences in one matrix, their rows one after another: each begins from the start probabilities. */
import { invalidArgument } from "../../../protocol/errors.js";
import { ignoreWork, type WorkReporter } from "../../kernels/index.js";
import type { TensorSpec } from "../../servable.js";
import type { FitInputs } from "../fit.js";
import { expect } from "./baum-welch.js";
import type { Expectation } from "./expectation.js";
import type { FilterModel } from "./forward-filter.js";
import { type ViterbiPath, viterbi } from "./viterbi.js";

export const lengthsInput: TensorSpec = {
  name: "lengths",
  datatypes: ["INT64", "INT32"],
  shape: ["s"],
  optional: true,
  description:
    "How many rows of X each sequence has, in their order; they add up to the rows of X. " +
    "Without it X is one sequence.",
};

/**
 * The number of rows of each sequence.
 * @throws HeadgateError `invalid_argument` where they do not sum to the rows of X
 */
export function readLengths(inputs: FitInputs, n: number): readonly number[] {
  const tensor = inputs["lengths"];
  if (tensor === undefined) return [n];
  const { datatype, data } = tensor;
  if (!(data instanceof BigInt64Array || data instanceof Int32Array))
    throw invalidArgument("inputs.lengths", `datatype ${datatype} is none of INT64, INT32`);
  // Refused before the lengths are copied: a request may hold millions of them.
  if (data.length > n)
    throw invalidArgument("inputs.lengths", `${data.length} sequences, X has ${n} rows; each has at least 1`);
  const lengths = Array.from<number | bigint, number>(data, Number);
  const wrong = lengths.findIndex((length) => length < 1);
  if (wrong >= 0)
    throw invalidArgument(
      "inputs.lengths",
      `sequence ${wrong} has ${lengths[wrong]} rows; each has at least 1`,
    );
  const sum = lengths.reduce((total, length) => total + length, 0);
  if (sum !== n) throw invalidArgument("inputs.lengths", `they add up to ${sum}, X has ${n} rows`);
  return lengths;
}

/** Fills `out` for all rows of X, its transitions the sum over all sequences; answers the log-likelihood. */
export function expectSequences(
  x: Float64Array,
  lengths: readonly number[],
  model: FilterModel,
  out: Expectation,
  reportWork: WorkReporter = ignoreWork,
): number {
  const { k, d } = model.emission;
  const [only = 0] = lengths;
  if (lengths.length === 1) return expect(x, only, model, out, reportWork);
  const transitions = new Float64Array(k * k);
  let logLikelihood = 0;
  let first = 0;
  for (const length of lengths) {
    const end = first + length;
    const rows = (of: Float64Array, width: number) => of.subarray(first * width, end * width);
    const part = {
      filtered: rows(out.filtered, k),
      smoothed: rows(out.smoothed, k),
      weights: rows(out.weights, k),
      transitions: out.transitions,
    };
    logLikelihood += expect(rows(x, d), length, model, part, reportWork);
    reportWork(k * k);
    for (let at = 0; at < k * k; at++)
      transitions[at] = (transitions[at] as number) + (out.transitions[at] as number);
    first = end;
  }
  out.transitions.set(transitions);
  return logLikelihood;
}

/** The likeliest path of each sequence, one after another, and the sum of their log-probabilities. */
export function viterbiSequences(
  x: Float64Array,
  lengths: readonly number[],
  model: FilterModel,
  reportWork: WorkReporter = ignoreWork,
): ViterbiPath {
  const { d } = model.emission;
  const states = new Int32Array(x.length / d);
  let logProbability = 0;
  let first = 0;
  for (const length of lengths) {
    const path = viterbi(x.subarray(first * d, (first + length) * d), length, model, reportWork);
    states.set(path.states, first);
    logProbability += path.logProbability;
    first += length;
  }
  return { states, logProbability };
}
