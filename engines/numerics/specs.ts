/** The shapes that tensors and parameters take in many fits' signatures. */
import type { Dim, ParameterSpec, TensorSpec } from "../servable.js";

/** Floats in the input's datatype. */
export function floatOutput(name: string, shape: readonly Dim[], description: string): TensorSpec {
  return { name, datatypes: ["FP64", "FP32"], shape, description };
}

export function integerOutput(name: string, shape: readonly Dim[], description: string): TensorSpec {
  return { name, datatypes: ["INT32"], shape, description };
}

export function flagOutput(name: string, description: string): TensorSpec {
  return { name, datatypes: ["BOOL"], shape: [], description };
}

/** Floats that may be left out. */
export function optionalInput(name: string, shape: readonly Dim[], description: string): TensorSpec {
  return { name, datatypes: ["FP64", "FP32"], shape, optional: true, description };
}

/** One of some words; the first is the default. */
export function choice(
  name: string,
  values: readonly [string, ...string[]],
  description: string,
): ParameterSpec {
  return { name, description, default: values[0], anyOf: [{ type: "string", values }] };
}

export function integerFrom(
  name: string,
  minimum: number,
  value: number,
  description: string,
  maximum?: number,
): ParameterSpec {
  const bounds = { minimum, ...(maximum !== undefined && { maximum }) };
  return { name, description, default: value, anyOf: [{ type: "integer", ...bounds }] };
}

export function nonNegative(name: string, value: number, description: string): ParameterSpec {
  return { name, description, default: value, anyOf: [{ type: "number", minimum: 0 }] };
}
