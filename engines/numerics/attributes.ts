/**
 * What every `<fit>.apply` and `<fit>.update` shares: the fit's attributes as inputs, put there by the
 * client itself or by the gateway from a handle, and new rows that must suit them.
 */
import { invalidArgument } from "../../protocol/errors.js";
import type { Application, ParameterSpec, Signature, TensorSpec } from "../servable.js";
import { type FitInputs, precisionParameter, samplesInput } from "./fit.js";
import { type Missing, readFloats, readSamples, type Samples } from "./float-tensors.js";

interface ApplicationDescription extends Application {
  readonly attributes: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
  readonly parameters?: readonly ParameterSpec[];
  readonly description: string;
  /** The rows, where they are not the fit's [n,p]. */
  readonly rows?: TensorSpec;
  /** Inputs that are neither attributes nor the rows. */
  readonly others?: readonly TensorSpec[];
}

/** X is checked after the attributes, so that X is named in the error where their sizes disagree. */
export function applicationSignature(described: ApplicationDescription): Signature {
  const {
    of,
    kind,
    attributes,
    outputs,
    parameters = [],
    description,
    rows = samplesInput,
    others = [],
  } = described;
  return {
    name: `${of}.${kind}`,
    version: "1",
    kind: "fit",
    description,
    inputs: [...attributes, rows, ...others],
    outputs,
    parameters: [...parameters, precisionParameter],
    application: { of, kind },
  };
}

/** @throws HeadgateError `invalid_argument` naming the first that is missing */
export function requireAttributes(inputs: FitInputs, names: readonly string[]): void {
  const missing = names.find((name) => inputs[name] === undefined);
  if (missing !== undefined)
    throw invalidArgument(`inputs.${missing}`, "missing; give the fit's attributes or a handle");
}

/** X, of as many columns as the fit. @throws HeadgateError `invalid_argument` naming X */
export function readRows(inputs: FitInputs, columns: number, missing: Missing = "refused"): Samples {
  const samples = readSamples(inputs, "X", missing);
  if (samples.p !== columns)
    throw invalidArgument("inputs.X", `${samples.p} columns; the fit it is applied to has ${columns}`);
  return samples;
}

/** Rows that sum to 1, within the rounding of FP32. */
export function readProbabilities(inputs: FitInputs, name: string, shape: readonly number[]): Float64Array {
  const values = readFloats(inputs, name, shape);
  const k = shape.at(-1) ?? 1;
  for (let at = 0; at < values.length; at += k) {
    const row = values.subarray(at, at + k);
    const sum = row.reduce((total, value) => total + value, 0);
    if (row.some((value) => value < 0) || !(Math.abs(sum - 1) <= 1e-4))
      throw invalidArgument(`inputs.${name}`, `row ${at / k} is no distribution: ${shownRow(row)}`);
  }
  return values;
}

/** The first numbers of a row and their sum: a message is read by a person. */
function shownRow(row: Float64Array): string {
  const sum = row.reduce((total, value) => total + value, 0);
  const more = row.length > 8 ? ", ..." : "";
  return `${[...row.subarray(0, 8)].join(", ")}${more}; none may be below 0 and they must add up to 1, not ${sum}`;
}

/** A number of at least `least` in an attribute of shape []. @throws HeadgateError `invalid_argument` naming it */
export function readCount(inputs: FitInputs, name: string, least: number): number {
  const count = Number(inputs[name]?.data[0] ?? Number.NaN);
  if (Number.isInteger(count) && count >= least) return count;
  throw invalidArgument(`inputs.${name}`, `${count} is no count of at least ${least}`);
}
