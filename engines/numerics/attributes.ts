/**
 * The inputs that every `<fit>.apply` and `<fit>.update` shares: the fit's attributes, which the client sends or the
 * gateway fills in from a handle, and new rows with as many columns as the fit had.
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
  /** The input of new rows, where it is not a plain X [n,p]. */
  readonly rows?: TensorSpec;
  /** Inputs that are neither attributes nor rows. */
  readonly others?: readonly TensorSpec[];
}

/**
 * The signature of an application. X comes after the attributes, so that it is checked after them and named in the
 * error when their sizes disagree.
 */
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

/** @throws HeadgateError `invalid_argument` naming the first attribute that is missing */
export function requireAttributes(inputs: FitInputs, names: readonly string[]): void {
  const missing = names.find((name) => inputs[name] === undefined);
  if (missing !== undefined)
    throw invalidArgument(`inputs.${missing}`, "missing; give the fit's attributes or a handle");
}

/**
 * Reads X, which must have as many columns as the fit.
 * @throws HeadgateError `invalid_argument` naming X
 */
export function readRows(inputs: FitInputs, columns: number, missing: Missing = "refused"): Samples {
  const samples = readSamples(inputs, "X", missing);
  if (samples.p !== columns)
    throw invalidArgument("inputs.X", `${samples.p} columns; the fit it is applied to has ${columns}`);
  return samples;
}

/**
 * Reads probabilities, each row of which must add up to 1 within 1e-4, which allows for the rounding of FP32.
 * @throws HeadgateError `invalid_argument` naming the input and the row
 */
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

/** The first eight numbers of a row and their sum, for an error message. */
function shownRow(row: Float64Array): string {
  const sum = row.reduce((total, value) => total + value, 0);
  const more = row.length > 8 ? ", ..." : "";
  return `${[...row.subarray(0, 8)].join(", ")}${more}; none may be below 0 and they must add up to 1, not ${sum}`;
}

/**
 * Reads an integer of at least `least` from an attribute of shape [].
 * @throws HeadgateError `invalid_argument` naming it
 */
export function readCount(inputs: FitInputs, name: string, least: number): number {
  const count = Number(inputs[name]?.data[0] ?? Number.NaN);
  if (Number.isInteger(count) && count >= least) return count;
  throw invalidArgument(`inputs.${name}`, `${count} is no count of at least ${least}`);
}
