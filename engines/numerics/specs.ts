/** Functions that make the specifications which many fits' signatures share, of tensors and of parameters. */
import type { Dim, ParameterSpec, TensorSpec } from "../servable.js";

/** An output of floats in the datatype of X. */
export function floatOutput(name: string, shape: readonly Dim[], description: string): TensorSpec {
  return { name, datatypes: ["FP64", "FP32"], shape, description };
}

export function integerOutput(name: string, shape: readonly Dim[], description: string): TensorSpec {
  return { name, datatypes: ["INT32"], shape, description };
}

export function flagOutput(name: string, description: string): TensorSpec {
  return { name, datatypes: ["BOOL"], shape: [], description };
}

/** An optional input of floats. */
export function optionalInput(name: string, shape: readonly Dim[], description: string): TensorSpec {
  return { name, datatypes: ["FP64", "FP32"], shape, optional: true, description };
}

/** A parameter that is one of some words; the first is the default. */
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
