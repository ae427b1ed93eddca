/**
 * Reads and checks a fit's tensors of floats, and makes its output tensors in the right datatype. Between the two
 * nearly all arithmetic is on Float64Array.
 */
import { invalidArgument } from "../../protocol/errors.js";
import { limits } from "../../protocol/limits.js";
import type { Tensor } from "../../protocol/tensor.js";
import type { Floats, Precision } from "../kernels/index.js";
import type { FitInputs } from "./fit.js";

/** Whether NaN is refused or stands for a missing number; infinity is always refused. */
export type Missing = "refused" | "allowed";

/**
 * The matrix X [n,p] in the datatype that was sent, row-major. It has no infinities, and no NaN unless missing
 * numbers are allowed.
 */
export interface Samples {
  readonly data: Floats;
  readonly n: number;
  readonly p: number;
  readonly datatype: Precision;
}

/**
 * Reads a matrix [n,p].
 * @throws HeadgateError `invalid_argument` naming the input and the first number that is not allowed
 */
export function readSamples(inputs: FitInputs, name = "X", missing: Missing = "refused"): Samples {
  const tensor = inputs[name];
  if (tensor === undefined) throw invalidArgument(`inputs.${name}`, "missing");
  const [n, p] = tensor.shape;
  if (tensor.shape.length !== 2 || n === undefined || p === undefined || n < 1 || p < 1) {
    throw invalidArgument(
      `inputs.${name}`,
      `shape [${tensor.shape}] is not [n,p] with n and p of at least 1`,
    );
  }
  const samples = { ...floatsOf(tensor, name), n, p };
  refuseNonFinite(samples.data, p, name, missing);
  return samples;
}

/** Reads a vector [p]; null when the optional input is absent. */
export function readVector(inputs: FitInputs, name: string, p: number): Float64Array | null {
  return inputs[name] === undefined ? null : readFloats(inputs, name, [p]);
}

/**
 * Reads an input of exactly this shape as float64.
 * @throws HeadgateError `invalid_argument` when it is absent, of another shape or not finite
 */
export function readFloats(
  inputs: FitInputs,
  name: string,
  shape: readonly number[],
  missing: Missing = "refused",
): Float64Array {
  const tensor = inputs[name];
  if (tensor === undefined) throw invalidArgument(`inputs.${name}`, `missing; its shape is [${shape}]`);
  if (tensor.shape.join() !== shape.join()) {
    throw invalidArgument(`inputs.${name}`, `shape [${tensor.shape}] is not [${shape}]`);
  }
  const { data } = floatsOf(tensor, name);
  refuseNonFinite(data, shape.at(-1) ?? 1, name, missing);
  return new Float64Array(data);
}

function floatsOf(tensor: Tensor, name: string): { readonly data: Floats; readonly datatype: Precision } {
  const { datatype, data } = tensor;
  if (datatype === "FP64" && data instanceof Float64Array) return { data, datatype };
  if (datatype === "FP32" && data instanceof Float32Array) return { data, datatype };
  throw invalidArgument(`inputs.${name}`, `datatype ${datatype} is none of FP64, FP32`);
}

function refuseNonFinite(data: Floats, p: number, name: string, missing: Missing): void {
  // A number times zero is zero, unless it is NaN or infinite. So the sum of all products shows whether there is such
  // a number, and only then is it searched for. There are four sums, because each addition waits for the one before.
  let zero = 0;
  let zero1 = 0;
  let zero2 = 0;
  let zero3 = 0;
  const whole = data.length & ~3;
  for (let i = 0; i < whole; i += 4) {
    zero += (data[i] as number) * 0;
    zero1 += (data[i + 1] as number) * 0;
    zero2 += (data[i + 2] as number) * 0;
    zero3 += (data[i + 3] as number) * 0;
  }
  for (let i = whole; i < data.length; i++) zero += (data[i] as number) * 0;
  if (zero + zero1 + zero2 + zero3 === 0) return;
  const allowed = (value: number) => Number.isFinite(value) || (missing === "allowed" && Number.isNaN(value));
  const at = data.findIndex((value) => !allowed(value));
  if (at < 0) return;
  const what = Number.isNaN(data[at]) ? "NaN" : "an infinity";
  const where = `column ${at % p} has ${what} at row ${Math.floor(at / p)}`;
  throw invalidArgument(`inputs.${name}`, `${where}; every number must be finite (counted from 0)`);
}

/**
 * @throws HeadgateError `invalid_argument` for a result [rows,columns] that has more elements than a tensor may have
 */
export function refuseTooLarge(field: string, what: string, rows: number, columns: number): void {
  const most = limits.tensor_elements_max;
  if (rows * columns <= most) return;
  throw invalidArgument(field, `${what} [${rows},${columns}] would have more than ${most} elements`);
}

/** The numbers as float64; the same array when it is float64 already. */
export function toFloat64(data: Floats): Float64Array {
  return data instanceof Float64Array ? data : new Float64Array(data);
}

export function floatTensor(datatype: Precision, shape: readonly number[], data: Float64Array): Tensor {
  return { datatype, shape, data: datatype === "FP64" ? data : new Float32Array(data) };
}

export function floatScalar(datatype: Precision, value: number): Tensor {
  return floatTensor(datatype, [], Float64Array.of(value));
}

export function integerScalar(value: number): Tensor {
  return { datatype: "INT32", shape: [], data: Int32Array.of(value) };
}

export function labelTensor(labels: Int32Array): Tensor {
  return { datatype: "INT32", shape: [labels.length], data: labels };
}

export function flagScalar(value: boolean): Tensor {
  return { datatype: "BOOL", shape: [], data: Uint8Array.of(value ? 1 : 0) };
}
