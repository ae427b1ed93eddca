/**
 * scikit-learn's MaxAbsScaler: each column is divided by its largest magnitude, so that zeros stay zeros. Rows can be
 * added to an earlier fit.
 */
import { invalidArgument } from "../../../protocol/errors.js";
import type { Tensor } from "../../../protocol/tensor.js";
import type { Floats } from "../../kernels/index.js";
import type { ParameterSpec, Signature, TensorSpec } from "../../servable.js";
import { applicationSignature, readRows, requireAttributes } from "../attributes.js";
import type { Estimator } from "../estimator.js";
import { type Fit, type FitContext, holedSamplesInput, precisionParameter, reportPasses } from "../fit.js";
import { floatTensor, readFloats, readSamples, type Samples } from "../float-tensors.js";
import { ParameterReader } from "../parameters.js";
import { floatOutput, optionalInput } from "../specs.js";

/**
 * The largest magnitude of each column of X [n,p]. NaN is a missing number and is left out; a column that has nothing
 * else gives NaN.
 */
export function maxAbs(x: Floats, n: number, p: number): Float64Array {
  const largest = new Float64Array(p).fill(Number.NaN);
  for (let i = 0, at = 0; i < n; i++)
    for (let j = 0; j < p; j++, at++) {
      const magnitude = Math.abs(x[at] as number);
      if (!(magnitude <= (largest[j] as number)) && !Number.isNaN(magnitude)) largest[j] = magnitude;
    }
  return largest;
}

/**
 * The divisor of each column: its largest magnitude, or 1 where that is less than ten times the datatype's ε, as in
 * scikit-learn.
 */
function scaleOf(largest: Float64Array, datatype: Samples["datatype"]): Float64Array {
  const epsilon = datatype === "FP64" ? Number.EPSILON : 2 ** -23;
  return largest.map((value) => (value < 10 * epsilon ? 1 : value));
}

const seenOutput: TensorSpec = {
  name: "n_samples_seen",
  datatypes: ["INT64"],
  shape: [],
  description: "How many rows were seen in all.",
};

const outputs: readonly TensorSpec[] = [
  floatOutput("max_abs", ["p"], "The largest magnitude of each column; NaN where all of it is missing."),
  floatOutput("scale", ["p"], "What to divide by: max_abs, and 1 for a column of zeros."),
  seenOutput,
];

function flag(name: string, description: string): ParameterSpec {
  return { name, description, default: false, anyOf: [{ type: "boolean" }] };
}

const signature: Signature = {
  name: "max_abs_scaler",
  version: "1",
  kind: "fit",
  description: "The largest magnitude of each column, as scikit-learn's MaxAbsScaler.",
  inputs: [holedSamplesInput],
  outputs,
  attributes: ["max_abs", "scale", "n_samples_seen"],
  parameters: [
    flag("clip", "Kept for whoever transforms: hold rows between -1 and 1. It changes no output."),
    precisionParameter,
  ],
};

const fit: Fit = {
  signature,
  async run(inputs, given, context) {
    new ParameterReader(signature, given);
    return fitted(readSamples(inputs, "X", "allowed"), context);
  },
};

/**
 * The outputs of a fit, or of an update when `earlier` is given.
 * @param earlier the largest magnitudes of an earlier fit, in which NaN stays NaN, and the number of its rows
 */
function fitted(
  { data, n, p, datatype }: Samples,
  context: FitContext,
  earlier?: { readonly largest: Float64Array; readonly seen: bigint },
): Record<string, Tensor> {
  reportPasses(context, 1, n * p);
  const found = maxAbs(data, n, p);
  const largest =
    earlier === undefined ? found : found.map((value, j) => Math.max(value, earlier.largest[j] as number));
  return {
    max_abs: floatTensor(datatype, [p], largest),
    scale: floatTensor(datatype, [p], scaleOf(largest, datatype)),
    n_samples_seen: {
      datatype: "INT64",
      shape: [],
      data: BigInt64Array.of((earlier?.seen ?? 0n) + BigInt(n)),
    },
  };
}

function attributeInput(name: string, description: string): TensorSpec {
  return { ...optionalInput(name, ["p"], description), allowNonFinite: true };
}

const applySignature = applicationSignature({
  of: "max_abs_scaler",
  kind: "apply",
  description: "Scales rows by a max_abs_scaler, as scikit-learn's transform and inverse_transform.",
  attributes: [attributeInput("scale", "The scale of the fit.")],
  rows: holedSamplesInput,
  outputs: [
    { ...floatOutput("transform", ["n", "p"], "The scaled rows; absent with inverse."), optional: true },
    {
      ...floatOutput("inverse_transform", ["n", "p"], "The rows in their own units; only with inverse."),
      optional: true,
    },
  ],
  parameters: [
    flag("clip", "Whether transformed rows are held between -1 and 1."),
    flag("inverse", "Whether X is scaled already and goes back to where it came from."),
  ],
});

const apply: Fit = {
  signature: applySignature,
  async run(inputs, given, context): Promise<Record<string, Tensor>> {
    const parameters = new ParameterReader(applySignature, given);
    requireAttributes(inputs, ["scale"]);
    const { data, n, p, datatype } = readRows(inputs, inputs.scale?.shape[0] ?? 0, "allowed");
    const scale = readFloats(inputs, "scale", [p], "allowed");
    reportPasses(context, 1, n * p);
    const divisor = (index: number) => scale[index % p] as number;
    if (parameters.flag("inverse")) {
      const rows = Float64Array.from(data, (value, index) => value * divisor(index));
      return { inverse_transform: floatTensor(datatype, [n, p], rows) };
    }
    const scaled = Float64Array.from(data, (value, index) => value / divisor(index));
    const rows = parameters.flag("clip") ? scaled.map((value) => Math.min(1, Math.max(-1, value))) : scaled;
    return { transform: floatTensor(datatype, [n, p], rows) };
  },
};

const updateSignature = applicationSignature({
  of: "max_abs_scaler",
  kind: "update",
  description: "Adds rows to a max_abs_scaler, as scikit-learn's partial_fit: any order gives one result.",
  attributes: [
    attributeInput("max_abs", "The max_abs of the fit."),
    { ...seenOutput, optional: true, description: "How many rows the fit saw." },
  ],
  rows: holedSamplesInput,
  outputs,
});

const update: Fit = {
  signature: updateSignature,
  async run(inputs, given, context) {
    new ParameterReader(updateSignature, given);
    requireAttributes(inputs, ["max_abs", "n_samples_seen"]);
    const samples = readRows(inputs, inputs.max_abs?.shape[0] ?? 0, "allowed");
    const seen = inputs.n_samples_seen?.data[0];
    if (typeof seen !== "bigint" || seen < 0n)
      throw invalidArgument("inputs.n_samples_seen", `${seen} is no count of rows (INT64, at least 0)`);
    return fitted(samples, context, { largest: readFloats(inputs, "max_abs", [samples.p], "allowed"), seen });
  },
};

export const maxAbsScaler: Estimator = {
  fit,
  applications: [apply, update],
  example: {},
  shiftInvariant: [], // Adding a number to X changes its largest magnitude.
  parity: {
    fit: { oracle: "scikit-learn", error: "0" },
    apply: { ways: "transform, inverse_transform, clip", oracle: "scikit-learn", error: "0" },
    update: { oracle: "scikit-learn's partial_fit", error: "0", alsoEqual: "any cut of the rows" },
  },
};
