/** Applies a fitted FastICA to new rows: scikit-learn's transform and inverse_transform. */
import type { Tensor } from "../../../protocol/tensor.js";
import type { Signature } from "../../servable.js";
import { applicationSignature, readRows, requireAttributes } from "../attributes.js";
import type { Fit } from "../fit.js";
import { floatTensor, readFloats, readSamples, refuseTooLarge, toFloat64 } from "../float-tensors.js";
import { transpose } from "../linear-algebra/transpose.js";
import { ParameterReader } from "../parameters.js";
import { optionalInput } from "../specs.js";
import { whitenParameter } from "./fast-ica-fit.js";
import { inverseParameter, project, transformedRows, transformOutputs, unproject } from "./projection.js";

const signature: Signature = applicationSignature({
  of: "fast_ica",
  kind: "apply",
  description:
    "Unmixes rows into the sources of a fast_ica and mixes sources back, as scikit-learn's transform and " +
    "inverse_transform.",
  attributes: [
    optionalInput("components", ["k", "p"], "The components of the fit."),
    optionalInput("mixing", ["p", "k"], "The mixing of the fit; needed with inverse."),
    optionalInput("mean", ["p"], "The mean of the fit; needed unless whiten is false."),
  ],
  rows: transformedRows,
  outputs: transformOutputs,
  parameters: [whitenParameter, inverseParameter],
});

export const fastIcaApply: Fit = {
  signature,
  async run(inputs, given, { kernels }): Promise<Record<string, Tensor>> {
    const parameters = new ParameterReader(signature, given);
    const inverse = parameters.flag("inverse");
    const isCentred = parameters.get("whiten") !== false;
    requireAttributes(inputs, ["components", ...(inverse ? ["mixing"] : []), ...(isCentred ? ["mean"] : [])]);
    const { data: components, n: k, p } = readSamples(inputs, "components");
    const mean = isCentred ? readFloats(inputs, "mean", [p]) : new Float64Array(p);
    const { data, n, datatype } = readRows(inputs, inverse ? k : p);
    refuseTooLarge("inputs.X", "the answer", n, inverse ? p : k);
    const about = { k, p, mean, deviations: null };
    if (inverse) {
      const mixing = transpose(readFloats(inputs, "mixing", [p, k]), p, k);
      const rows = await unproject(data, n, { ...about, components: mixing }, kernels);
      return { inverse_transform: floatTensor(datatype, [n, p], rows) };
    }
    const sources = await project(data, n, { ...about, components: toFloat64(components) }, kernels);
    return { transform: floatTensor(datatype, [n, k], sources) };
  },
};
