/** Reads the names in a map that a client sends: of tensors and parameters. */
import { invalidArgument } from "./errors.js";
import { type Fields, shown } from "./fields.js";
import { limits } from "./limits.js";

/** The names in a map. Each is checked for its length before an error message quotes it. */
export function namesIn(map: Fields, field: string, max: number): readonly string[] {
  const names = Object.keys(map);
  if (names.length > max) throw invalidArgument(field, `at most ${max}, got ${names.length}`);
  for (const name of names) requireName(name, field);
  return names;
}

export function requireName(name: unknown, field: string): void {
  if (typeof name !== "string" || name.length === 0 || name.length > limits.name_length_max)
    throw invalidArgument(
      field,
      `names must be strings of 1 to ${limits.name_length_max} characters, got ${shown(name)}`,
    );
  if (name === "__proto__") throw invalidArgument(`${field}.${name}`, "is no name: choose another");
}
