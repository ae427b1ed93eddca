/** Parses the content of a config file. An error names the key, the given value and the allowed values. */
import { z } from "zod";
import { type Config, configSchema } from "./config.js";

/** A config that cannot be used. The message lists every wrong key with the given and the allowed values. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

/** @param given the content of a config file, with command-line flags already applied */
export function parseConfig(given: unknown): Config {
  requireTenantNames(given);
  const parsed = configSchema.safeParse(given);
  if (parsed.success) return parsed.data;
  throw new ConfigError(parsed.error.issues.map((issue) => problem(issue, given)).join("\n"));
}

/** The schema of `tenants` skips an entry named `__proto__` without a word, and its settings would be lost. */
function requireTenantNames(given: unknown): void {
  const tenants = valueAt(given, ["tenants"]);
  if (typeof tenants === "object" && tenants !== null && Object.hasOwn(tenants, "__proto__"))
    throw new ConfigError("tenants.__proto__: this name is not taken: choose another");
}

function problem(issue: z.core.$ZodIssue, given: unknown): string {
  const path = issue.path.join(".");
  if (issue.code === "unrecognized_keys") {
    const keys = issue.keys.map((key) => (path === "" ? key : `${path}.${key}`)).join(", ");
    return `${keys}: no such setting; there are ${keysAt(issue.path).join(", ")}`;
  }
  return `${path || "the config"}: ${issue.message}, got ${JSON.stringify(valueAt(given, issue.path)) ?? "nothing"}`;
}

/** The names of the settings at a path of the schema. */
function keysAt(path: readonly PropertyKey[]): string[] {
  let schema: z.core.$ZodType = configSchema;
  for (const step of path) {
    const inner = unwrapped(schema);
    if (inner instanceof z.ZodObject) schema = inner.shape[String(step)] ?? inner;
    else if (inner instanceof z.ZodArray) schema = inner.element;
    else if (inner instanceof z.ZodRecord) schema = inner.valueType;
  }
  const object = unwrapped(schema);
  return object instanceof z.ZodObject ? Object.keys(object.shape) : [];
}

function unwrapped(schema: z.core.$ZodType): z.core.$ZodType {
  if (
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault ||
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodNullable
  )
    return unwrapped(schema.unwrap());
  return schema;
}

function valueAt(given: unknown, path: readonly PropertyKey[]): unknown {
  let value = given;
  for (const step of path)
    value =
      typeof value === "object" && value !== null ? (value as Record<PropertyKey, unknown>)[step] : undefined;
  return value;
}
