/**
 * What every `<fit>.apply` and `<fit>.update` shares: the fit's attributes as inputs, put there by the
 * client itself or by the gateway from a handle, and new rows that must suit them.
 */
import { invalidArgument } from "../../protocol/errors.js";
import type { ParameterSpec, Signature, TensorSpec } from "../servable.js";
import type { Centre } from "./column-moments.js";
import { type FitInputs, precisionParameter, samplesInput } from "./fit.js";
import { readSamples, type Samples } from "./float-tensors.js";

interface Application {
  readonly attributes: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
  readonly parameters?: readonly ParameterSpec[];
  readonly description: string;
  /** The rows, where they are not the fit's [n,p]. */
  readonly rows?: TensorSpec;
}

/** X comes after the attributes: where their sizes disagree, X is the one that is told. */
export function applicationSignature(name: string, application: Application): Signature {
  const { attributes, outputs, parameters = [], description, rows = samplesInput } = application;
  return {
    name,
    version: "1",
    kind: "fit",
    description,
    inputs: [...attributes, rows],
    outputs,
    parameters: [...parameters, precisionParameter],
  };
}

/** @throws HeadgateError `invalid_argument` naming the first that is missing */
export function requireAttributes(inputs: FitInputs, names: readonly string[]): void {
  const missing = names.find((name) => inputs[name] === undefined);
  if (missing !== undefined)
    throw invalidArgument(`inputs.${missing}`, "missing; give the fit's attributes or a handle");
}

/** X, of as many columns as the fit. @throws HeadgateError `invalid_argument` naming X */
export function readRows(inputs: FitInputs, columns: number): Samples {
  const samples = readSamples(inputs);
  if (samples.p !== columns)
    throw invalidArgument("inputs.X", `${samples.p} columns; the fit it is applied to has ${columns}`);
  return samples;
}

/** Where the fit centred, to centre new rows there too. */
export function centreAt(mean: Float64Array): Centre {
  return { mean, base: mean, rest: new Float64Array(mean.length) };
}
