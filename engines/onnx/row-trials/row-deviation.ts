/** Measures how much a row's answer differs when other rows are computed with it. Pure. */
import { fromWire, type Tensor } from "../../../protocol/tensor.js";
import type { RowTensors } from "./rows.js";

export interface RowDeviation {
  /** Whether all bits are equal. */
  readonly equal: boolean;
  /** The largest difference, relative to the answer's largest number; infinite where labels differ. */
  readonly error: number;
}

/**
 * The largest number of each output over the given rows. Differences are measured relative to at least this number.
 */
export type Magnitudes = Readonly<Record<string, number>>;

export function rowDeviation(single: RowTensors, batched: RowTensors, magnitudes: Magnitudes): RowDeviation {
  let equal = true;
  let floats = 0;
  let labels = 0;
  for (const [name, wire] of Object.entries(single)) {
    const other = batched[name];
    if (other === undefined || other.shape.join() !== wire.shape.join())
      return { equal: false, error: Infinity };
    const [a, b] = [fromWire(wire), fromWire(other)];
    if (sameBits(a, b)) continue;
    equal = false;
    if (isFloat(a)) floats = Math.max(floats, distance(a, b, magnitudes[name] ?? 0));
    else labels = Infinity;
  }
  const withFloats = Object.values(single).some(isFloat);
  // Where two scores are equal but for rounding, either label is correct, so labels count only for models without
  // scores.
  return { equal, error: withFloats ? floats : Math.max(floats, labels) };
}

/** The largest number of each output over these rows. */
export function magnitudesOf(rows: readonly RowTensors[]): Magnitudes {
  const most: Record<string, number> = {};
  for (const row of rows)
    for (const [name, wire] of Object.entries(row))
      if (isFloat(wire)) most[name] = Math.max(most[name] ?? 0, largest(numbersOf(fromWire(wire))));
  return most;
}

function isFloat({ datatype }: { readonly datatype: Tensor["datatype"] }): boolean {
  return datatype.startsWith("FP");
}

function sameBits(a: Tensor, b: Tensor): boolean {
  if (a.datatype === "BYTES" || b.datatype === "BYTES")
    return a.data.length === b.data.length && a.data.every((each: unknown, i: number) => each === b.data[i]);
  const bytes = ({ buffer, byteOffset, byteLength }: ArrayBufferView) =>
    Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength);
  return bytes(a.data as Float32Array).equals(bytes(b.data as Float32Array));
}

function distance(a: Tensor, b: Tensor, magnitude: number): number {
  const [x, y] = [numbersOf(a), numbersOf(b)];
  const scale = Math.max(magnitude, largest(x));
  let most = 0;
  for (let i = 0; i < x.length; i++) {
    const [one = 0, other = 0] = [x[i], y[i]];
    if (Object.is(one, other) || one === other) continue;
    const apart = Math.abs(one - other);
    most = Math.max(most, Number.isNaN(apart) ? Infinity : apart === 0 ? 0 : apart / scale);
  }
  return most;
}

function largest(numbers: readonly number[]): number {
  return numbers.reduce((most, each) => (Number.isFinite(each) ? Math.max(most, Math.abs(each)) : most), 0);
}

function numbersOf(tensor: Tensor): number[] {
  const values = Array.from(tensor.data as ArrayLike<number>);
  return tensor.datatype === "FP16" ? values.map(halfOf) : values;
}

/** Converts the bits of a half-precision float to a number. */
function halfOf(bits: number): number {
  const [sign, exponent, fraction] = [bits >> 15 ? -1 : 1, (bits >> 10) & 31, bits & 1023];
  if (exponent === 31) return fraction === 0 ? sign * Infinity : Number.NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
