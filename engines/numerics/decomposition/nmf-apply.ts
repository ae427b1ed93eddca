/** Applies a fitted NMF to new rows: scikit-learn's transform and inverse_transform. */
import type { Tensor } from "../../../protocol/tensor.js";
import type { Signature } from "../../servable.js";
import { applicationSignature, readRows, requireAttributes } from "../attributes.js";
import { type Fit, type FitContext, type FitInputs, throwIfAborted } from "../fit.js";
import {
  flagScalar,
  floatTensor,
  integerScalar,
  readSamples,
  refuseTooLarge,
  toFloat64,
} from "../float-tensors.js";
import { ParameterReader } from "../parameters.js";
import { flagOutput, integerOutput, optionalInput } from "../specs.js";
import { refuseNegative } from "./nmf.js";
import { descentParameters, readDescent } from "./nmf-parameters.js";
import { transformed } from "./nmf-transform.js";
import { inverseParameter, transformedRows, transformOutputs } from "./projection.js";

const signature: Signature = applicationSignature({
  of: "nmf",
  kind: "apply",
  description:
    "How much of each part of an nmf rows have, and rows from such shares: scikit-learn's transform and " +
    "inverse_transform. The transform is found by iterations of its own, with the fit's parameters.",
  attributes: [optionalInput("components", ["k", "p"], "The components of the fit.")],
  rows: transformedRows,
  outputs: [
    ...transformOutputs,
    { ...integerOutput("n_iter", [], "How many iterations were done; absent with inverse."), optional: true },
    {
      ...flagOutput("converged", "Whether it stopped by itself; false: at max_iter. Absent with inverse."),
      optional: true,
    },
  ],
  parameters: [...descentParameters, inverseParameter],
});

export const nmfApply: Fit = {
  signature,
  async run(inputs, given, context): Promise<Record<string, Tensor>> {
    const parameters = new ParameterReader(signature, given);
    requireAttributes(inputs, ["components"]);
    if (parameters.flag("inverse")) return remixed(inputs, context);
    const { parts, k, p } = readParts(inputs);
    const { data, n, datatype } = readRows(inputs, p);
    refuseTooLarge("inputs.X", "the answer", n, k);
    const found = await transformed(data, n, { parts, k, p }, readDescent(parameters), context);
    return {
      transform: floatTensor(datatype, [n, k], found.weights),
      n_iter: integerScalar(found.iterations),
      converged: flagScalar(found.converged),
    };
  },
};

function readParts(inputs: FitInputs) {
  const { data, n: k, p } = readSamples(inputs, "components");
  refuseNegative(data, p, "components");
  return { parts: toFloat64(data), k, p };
}

/** The inverse transform X·H of rows X [n,k]. */
async function remixed(inputs: FitInputs, context: FitContext): Promise<Record<string, Tensor>> {
  const { parts, k, p } = readParts(inputs);
  const { data, n, datatype } = readRows(inputs, k);
  refuseTooLarge("inputs.X", "the answer", n, p);
  throwIfAborted(context);
  const rows = toFloat64(await context.kernels.matmul(data, parts, n, k, p));
  return { inverse_transform: floatTensor(datatype, [n, p], rows) };
}
