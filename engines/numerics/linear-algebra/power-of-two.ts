/**
 * Scaling by powers of two, which changes no digit: so that squares neither overflow nor vanish where the numbers
 * themselves do not.
 */
import type { Floats, Precision } from "../../kernels/index.js";

/** Between these, sums of squares and of fourth powers of float64, and of squares of float32, are exact numbers. */
const ordinary: Readonly<Record<Precision, readonly [least: number, most: number]>> = {
  FP64: [1e-60, 1e60],
  FP32: [1e-12, 1e12],
};

/** 1 for numbers of ordinary size, else the power of two by which to divide them: the largest becomes 1 to 2. */
export function unitOf(x: Floats, precision: Precision): number {
  let largest = 0;
  for (let at = 0; at < x.length; at++) {
    const size = Math.abs(x[at] as number);
    if (size > largest) largest = size;
  }
  const [least, most] = ordinary[precision];
  return largest === 0 || (largest > least && largest < most) ? 1 : powerBelow(largest);
}

/** The largest power of two that is not above a number greater than 0; a float64 number has one that is normal. */
export function powerBelow(value: number): number {
  const exponent = Math.floor(Math.log2(value));
  return 2 ** Math.min(1023, Math.max(-1022, exponent));
}

/** The numbers over the unit, in their own datatype: float32 numbers keep theirs. */
export function dividedBy<T extends Floats>(x: T, unit: number): T {
  return x.map((value) => value / unit) as T;
}
