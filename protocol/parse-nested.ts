/**
 * Reads the parameters of a trainer: plain values, and lists and maps of them inside one another. Depth, number and
 * lengths are limited before anything is copied; which values a trainer takes is not known here.
 */
import { invalidArgument } from "./errors.js";
import { type Fields, isFields, readFields, shown } from "./fields.js";
import { limits } from "./limits.js";
import { namesIn } from "./names.js";
import type { NestedParameters, NestedValue } from "./train-frames.js";

/** Reads the field `parameters`. */
export function parseNestedParameters(frame: Fields): NestedParameters {
  const given = readFields(frame, "parameters");
  const reader = new NestedReader();
  const parameters: Record<string, NestedValue> = {};
  for (const name of namesIn(given, "parameters", limits.parameters_max))
    parameters[name] = reader.read(given[name], `parameters.${name}`, depthOfParameters + 1);
  return parameters;
}

/** The frame itself is the first map, and `parameters` the second. */
const depthOfParameters = 2;

class NestedReader {
  private values = 0;

  read(value: unknown, path: string, depth: number): NestedValue {
    if (++this.values > limits.parameter_values_max)
      throw invalidArgument("parameters", `at most ${limits.parameter_values_max} values together`);
    if (value === null || typeof value === "number" || typeof value === "boolean") return value;
    if (typeof value === "string") return readText(value, path);
    if (!Array.isArray(value) && !isFields(value))
      throw invalidArgument(path, `must be a plain value, a list or a map, got ${shown(value)}`);
    if (depth > limits.nesting_max)
      throw invalidArgument(path, `lists and maps may be nested to a depth of ${limits.nesting_max}`);
    return Array.isArray(value) ? this.readList(value, path, depth) : this.readMap(value, path, depth);
  }

  private readList(list: readonly unknown[], path: string, depth: number): NestedValue {
    this.requireRoom(list.length);
    return Array.from(list, (each, i) => this.read(each, `${path}[${i}]`, depth + 1));
  }

  private readMap(map: Fields, path: string, depth: number): NestedValue {
    const read: Record<string, NestedValue> = {};
    for (const name of namesIn(map, path, limits.parameter_values_max))
      read[name] = this.read(map[name], `${path}.${name}`, depth + 1);
    return read;
  }

  private requireRoom(count: number): void {
    if (this.values + count > limits.parameter_values_max)
      throw invalidArgument("parameters", `at most ${limits.parameter_values_max} values together`);
  }
}

function readText(value: string, path: string): string {
  if (value.length <= limits.parameter_text_max) return value;
  throw invalidArgument(
    path,
    `must be a string of at most ${limits.parameter_text_max} characters, got one of ${value.length}`,
  );
}
