/**
 * The contrast functions of FastICA: nonlinear functions whose mean differs between an independent signal and a
 * Gaussian one.
 */
import type { Floats } from "../../kernels/index.js";
import { exponential, hyperbolicTangent } from "../special/exponential.js";

export type Contrast = "logcosh" | "exp" | "cube";

/**
 * Replaces `length` numbers from the index `from` on by their values under g, in place. Returns the mean of the
 * derivative g′.
 */
export function applyContrast(
  contrast: Contrast,
  alpha: number,
  values: Floats,
  from: number,
  length: number,
): number {
  switch (contrast) {
    case "logcosh":
      return logcosh(alpha, values, from, length);
    case "exp":
      return gauss(values, from, length);
    case "cube":
      return cube(values, from, length);
  }
}

/** g = tanh(αx) */
function logcosh(alpha: number, values: Floats, from: number, length: number): number {
  let squares = 0;
  for (let i = from; i < from + length; i++) {
    const g = hyperbolicTangent(alpha * (values[i] as number));
    values[i] = g;
    squares += g * g;
  }
  return alpha * (1 - squares / length);
}

/** g = x·exp(−x²/2) */
function gauss(values: Floats, from: number, length: number): number {
  let slopes = 0;
  for (let i = from; i < from + length; i++) {
    const x = values[i] as number;
    const decay = exponential((-x * x) / 2);
    values[i] = x * decay;
    slopes += (1 - x * x) * decay;
  }
  return slopes / length;
}

/** g = x³ */
function cube(values: Floats, from: number, length: number): number {
  let squares = 0;
  for (let i = from; i < from + length; i++) {
    const x = values[i] as number;
    values[i] = x * x * x;
    squares += x * x;
  }
  return (3 * squares) / length;
}
