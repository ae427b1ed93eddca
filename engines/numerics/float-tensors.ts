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
  /** The sum of all squares, rounded as it came; NaN or infinite where it overflows or numbers are missing. */
  readonly squares: number;
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
  const floats = floatsOf(tensor, name);
  return { ...floats, n, p, squares: refuseNonFinite(floats.data, p, name, missing) };
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

/** The sum of the squares of the numbers, which are finite unless missing ones are allowed. */
function refuseNonFinite(data: Floats, p: number, name: string, missing: Missing): number {
  // The sum of the squares is finite only where every number is. So a pass that other computations need the sum of
  // shows whether there is NaN or an infinity, and only where there may be is it searched for. There are four sums,
  // because each addition waits for the one before.
  let sum = 0;
  let sum1 = 0;
  let sum2 = 0;
  let sum3 = 0;
  const whole = data.length & ~3;
  for (let i = 0; i < whole; i += 4) {
    const a = data[i] as number;
    const b = data[i + 1] as number;
    const c = data[i + 2] as number;
    const d = data[i + 3] as number;
    sum += a * a;
    sum1 += b * b;
    sum2 += c * c;
    sum3 += d * d;
  }
  for (let i = whole; i < data.length; i++) sum += (data[i] as number) ** 2;
  const squares = sum + sum1 + sum2 + sum3;
  if (Number.isFinite(squares)) return squares;
  const allowed = (value: number) => Number.isFinite(value) || (missing === "allowed" && Number.isNaN(value));
  const at = data.findIndex((value) => !allowed(value));
  if (at < 0) return squares;
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
