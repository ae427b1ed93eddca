/** Reads the version of a model that a training or an uploaded file becomes. */
import { invalidArgument } from "./errors.js";
import { type Fields, has, readNumber, shown } from "./fields.js";
import { limits } from "./limits.js";
import type { Publication } from "./train-frames.js";

/** The name of a folder of the repository: it neither leaves the folder nor hides. */
const modelName = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}$/;
const versionName = /^[1-9]\d{0,14}$/;
/** An alias begins with a letter, so that it is never taken for a version's number. */
const aliasName = /^[A-Za-z][A-Za-z0-9._-]{0,63}$/;

/** @param prefix of the fields, for error messages */
export function parsePublication(publish: Fields, prefix: string): Publication {
  return {
    model: readModelName(publish, "model", `${prefix}model`),
    ...(has(publish, "version") && {
      version: readForm(
        publish,
        "version",
        `${prefix}version`,
        versionName,
        'a positive integer as a string, such as "4"',
      ),
    }),
    ...(has(publish, "traffic") && { traffic: readTraffic(publish, `${prefix}traffic`) }),
    ...(has(publish, "aliases") && { aliases: readAliases(publish["aliases"], `${prefix}aliases`) }),
    ...(has(publish, "expires_after_ms") && {
      expires_after_ms: readNumber(
        publish,
        "expires_after_ms",
        1,
        limits.expires_after_ms_max,
        `${prefix}expires_after_ms`,
      ),
    }),
  };
}

export function readModelName(fields: Fields, name: string, path = name): string {
  const want = "1 to 128 of letters, digits and . _ -, without a dot at the beginning";
  return readForm(fields, name, path, modelName, want);
}

export function readAlias(fields: Fields, name: string, path = name): string {
  return readForm(fields, name, path, aliasName, "a letter and up to 63 of letters, digits and . _ -");
}

function readForm(fields: Fields, name: string, path: string, form: RegExp, want: string): string {
  const value = fields[name];
  if (typeof value === "string" && form.test(value)) return value;
  throw invalidArgument(
    path,
    value === undefined ? `missing; must be ${want}` : `must be ${want}; got ${shown(value)}`,
  );
}

function readTraffic(publish: Fields, path: string): number {
  return readNumber(publish, "traffic", 0, 1, path);
}

function readAliases(value: unknown, path: string): readonly string[] {
  if (!Array.isArray(value) || value.length === 0 || value.length > limits.aliases_max)
    throw invalidArgument(path, `must be an array of 1 to ${limits.aliases_max} names, got ${shown(value)}`);
  const aliases = new Set<string>();
  for (const [i, each] of value.entries()) {
    const alias = readAlias({ each }, "each", `${path}[${i}]`);
    if (aliases.has(alias)) throw invalidArgument(`${path}[${i}]`, `${shown(alias)} is there already`);
    aliases.add(alias);
  }
  return [...aliases];
}
