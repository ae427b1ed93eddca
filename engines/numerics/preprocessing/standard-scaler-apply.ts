/** Applies a fitted StandardScaler to new rows: scikit-learn's transform, inverse_transform and partial_fit. */
import type { Tensor } from "../../../protocol/tensor.js";
import type { Floats } from "../../kernels/index.js";
import type { ParameterSpec, Signature, TensorSpec } from "../../servable.js";
import { applicationSignature, readRows, requireAttributes } from "../attributes.js";
import { type Fit, type FitInputs, holedSamplesInput, precisionParameter, reportPasses } from "../fit.js";
import { floatTensor, readFloats } from "../float-tensors.js";
import { ParameterReader } from "../parameters.js";
import { optionalInput } from "../specs.js";
import { standardScaler } from "./standard-scaler.js";

/**
 * The mean that is subtracted from each column and the scale that divides it, [p] each; null: that step is left out.
 */
export interface ColumnScaling {
  readonly mean: Float64Array | null;
  readonly scale: Float64Array | null;
}

/** The scaled rows (X − mean) / scale of X [n,p]. */
export function scaled(x: Floats, n: number, p: number, scaling: ColumnScaling): Float64Array {
  const { mean, scale } = ofEachColumn(scaling, p);
  const out = new Float64Array(n * p);
  for (let i = 0, at = 0; i < n; i++)
    for (let j = 0; j < p; j++, at++)
      out[at] = ((x[at] as number) - (mean[j] as number)) / (scale[j] as number);
  return out;
}

/** The rows X · scale + mean in their original units, of scaled X [n,p]. */
export function unscaled(x: Floats, n: number, p: number, scaling: ColumnScaling): Float64Array {
  const { mean, scale } = ofEachColumn(scaling, p);
  const out = new Float64Array(n * p);
  for (let i = 0, at = 0; i < n; i++)
    for (let j = 0; j < p; j++, at++)
      out[at] = (x[at] as number) * (scale[j] as number) + (mean[j] as number);
  return out;
}

function ofEachColumn({ mean, scale }: ColumnScaling, p: number) {
  return { mean: mean ?? new Float64Array(p), scale: scale ?? new Float64Array(p).fill(1) };
}

const inverseParameter: ParameterSpec = {
  name: "inverse",
  description: "Whether X is scaled already and goes back to where it came from.",
  default: false,
  anyOf: [{ type: "boolean" }],
};

const optional = { datatypes: ["FP64", "FP32"], shape: ["n", "p"], optional: true } as const;

function holedAttribute(name: string, description: string): TensorSpec {
  return { ...optionalInput(name, ["p"], description), allowNonFinite: true };
}

const applySignature: Signature = applicationSignature({
  of: "standard_scaler",
  kind: "apply",
  description: "Scales rows by a standard_scaler, as scikit-learn's transform and inverse_transform.",
  attributes: [
    holedAttribute("mean", "The mean of the fit; needed with with_mean."),
    holedAttribute("scale", "The scale of the fit; needed with with_std."),
  ],
  rows: holedSamplesInput,
  outputs: [
    {
      ...optional,
      name: "transform",
      description: "The scaled rows, (X - mean) / scale; absent with inverse.",
    },
    {
      ...optional,
      name: "inverse_transform",
      description: "The rows in their own units, X * scale + mean; only with inverse.",
    },
  ],
  parameters: [
    {
      name: "with_mean",
      description: "Whether to take out the mean.",
      default: true,
      anyOf: [{ type: "boolean" }],
    },
    {
      name: "with_std",
      description: "Whether to scale to unit variance.",
      default: true,
      anyOf: [{ type: "boolean" }],
    },
    inverseParameter,
  ],
});

export const standardScalerApply: Fit = {
  signature: applySignature,
  async run(inputs, given, context): Promise<Record<string, Tensor>> {
    const parameters = new ParameterReader(applySignature, given);
    const used = { mean: parameters.flag("with_mean"), scale: parameters.flag("with_std") };
    requireAttributes(inputs, [...(used.mean ? ["mean"] : []), ...(used.scale ? ["scale"] : [])]);
    const fitted = (used.mean ? inputs.mean : inputs.scale) ?? inputs.X;
    const { data, n, p, datatype } = readRows(inputs, fitted?.shape.at(-1) ?? 0, "allowed");
    reportPasses(context, 1, n * p);
    const scaling = {
      mean: used.mean ? readFloats(inputs, "mean", [p], "allowed") : null,
      scale: used.scale ? readFloats(inputs, "scale", [p], "allowed") : null,
    };
    if (parameters.flag("inverse"))
      return { inverse_transform: floatTensor(datatype, [n, p], unscaled(data, n, p, scaling)) };
    return { transform: floatTensor(datatype, [n, p], scaled(data, n, p, scaling)) };
  },
};

const { signature: fitSignature } = standardScaler;

const updateSignature: Signature = applicationSignature({
  of: "standard_scaler",
  kind: "update",
  description: "Adds rows to a standard_scaler, as scikit-learn's partial_fit: any order gives one result.",
  attributes: fitSignature.inputs.filter((input) => input !== holedSamplesInput),
  rows: holedSamplesInput,
  outputs: fitSignature.outputs,
  parameters: fitSignature.parameters.filter((parameter) => parameter !== precisionParameter),
});

/**
 * The inputs, completed with zeros for the attributes that the earlier fit did not answer: a fit without with_std
 * answers no var, and one without with_std and with_mean no mean either.
 */
function earlier(inputs: FitInputs, parameters: ParameterReader): FitInputs {
  const withStd = parameters.flag("with_std");
  const withMean = withStd || parameters.flag("with_mean");
  requireAttributes(inputs, [...(withMean ? ["mean"] : []), ...(withStd ? ["var"] : []), "n_samples_seen"]);
  const p = inputs.X?.shape[1] ?? 0;
  const none = floatTensor("FP64", [p], new Float64Array(p));
  return { ...inputs, mean: inputs.mean ?? none, var: inputs.var ?? none };
}

export const standardScalerUpdate: Fit = {
  signature: updateSignature,
  async run(inputs, given, context) {
    const all = earlier(inputs, new ParameterReader(updateSignature, given));
    readRows(all, all.mean?.shape[0] ?? 0, "allowed");
    return standardScaler.run(all, given, context);
  },
};
