/** Functions that read and validate one field each. An error names the field. */
import { invalidArgument } from "./errors.js";

export type Fields = Readonly<Record<string, unknown>>;

export function isFields(value: unknown): value is Fields {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** A value as it is quoted in an error message: shortened, and without the content of a long string. */
export function shown(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (typeof value === "string") return value.length > 40 ? `"${value.slice(0, 37)}..."` : `"${value}"`;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (typeof value === "bigint") return "an integer beyond 2^53";
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (value instanceof Uint8Array) return `${value.byteLength} bytes`;
  return `a ${typeof value === "object" ? "map" : typeof value}`;
}

/** What kind of value it is, and nothing that tells which: for fields that hold a secret, and for what may be one. */
export function kindOf(value: unknown): string {
  if (typeof value === "string") return `a string of ${value.length} characters`;
  return typeof value === "number" || typeof value === "boolean" ? `a ${typeof value}` : shown(value);
}

function wanted(field: string, want: string, value: unknown): never {
  throw invalidArgument(field, value === undefined ? `missing; ${want}` : `${want}, got ${shown(value)}`);
}

/** Reads a string of 1 to `max` characters. */
export function readString(fields: Fields, field: string, max: number, path = field): string {
  const value = fields[field];
  if (typeof value !== "string" || value.length === 0 || value.length > max)
    wanted(path, `must be a string of 1 to ${max} characters`, value);
  return value;
}

/** Reads a string of 1 to `max` characters that no error may quote: errors are logged, and sent over the network. */
export function readSecret(fields: Fields, field: string, max: number): string {
  const value = fields[field];
  if (typeof value === "string" && value.length > 0 && value.length <= max) return value;
  const want = `must be a string of 1 to ${max} characters`;
  throw invalidArgument(field, value === undefined ? `missing; ${want}` : `${want}, got ${kindOf(value)}`);
}

/** Reads an integer from `min` to `max`. */
export function readInteger(fields: Fields, field: string, min: number, max: number, path = field): number {
  const value = fields[field];
  if (typeof value !== "number" || !Number.isInteger(value) || value < min || value > max)
    wanted(path, `must be an integer from ${min} to ${max}`, value);
  return value;
}

/** Reads a number from `min` to `max`. */
export function readNumber(fields: Fields, field: string, min: number, max: number, path = field): number {
  const value = fields[field];
  if (typeof value !== "number" || !(value >= min && value <= max))
    wanted(path, `must be a number from ${min} to ${max}`, value);
  return value;
}

export function readBoolean(fields: Fields, field: string): boolean {
  const value = fields[field];
  if (typeof value !== "boolean") wanted(field, "must be true or false", value);
  return value;
}

export function readOneOf<T extends string>(fields: Fields, field: string, values: readonly T[]): T {
  const value = fields[field];
  const found = values.find((each) => each === value);
  if (found === undefined) wanted(field, `must be one of ${values.join(", ")}`, value);
  return found;
}

export function readFields(fields: Fields, field: string): Fields {
  const value = fields[field];
  if (!isFields(value)) wanted(field, "must be a map", value);
  return value;
}

export function has(fields: Fields, field: string): boolean {
  return fields[field] !== undefined && fields[field] !== null;
}
