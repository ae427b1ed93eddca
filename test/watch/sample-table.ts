/** Writes the table of a sample's fields as PROTOCOL.md has it, from the sample's schema. */
import { z } from "zod";

interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly enum?: readonly string[];
  readonly additionalProperties?: JsonSchema | boolean;
}

export interface FieldRow {
  readonly field: string;
  readonly type: string;
  readonly meaning: string;
}

/**
 * Every field of the schema, with the path of nested ones: `models[].queue`. The fields of `latency_ms` are listed
 * where it comes first.
 */
export function fieldRows(schema: z.ZodType): FieldRow[] {
  const rows = rowsOf(z.toJSONSchema(schema) as JsonSchema, "");
  const first = rows.find(({ field }) => field.endsWith("latency_ms"))?.field ?? "";
  return rows.filter(({ field }) => !field.includes("latency_ms.") || field.startsWith(`${first}.`));
}

export function sampleTable(schema: z.ZodType): string {
  const rows = fieldRows(schema).map(({ field, type, meaning }) => `| \`${field}\` | ${type} | ${meaning} |`);
  return ["| field of `data` | type | meaning |", "|---|---|---|", ...rows].join("\n");
}

function rowsOf(schema: JsonSchema, path: string): FieldRow[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const at = path === "" ? name : `${path}.${name}`;
    const [present, isNullable] = withoutNull(field);
    const meaning = field.description ?? present.description ?? "";
    const row = { field: at, type: `${typeOf(present)}${isNullable ? " or null" : ""}`, meaning };
    const inner = present.items ?? present;
    return [row, ...rowsOf(inner, present.items === undefined ? at : `${at}[]`)];
  });
}

function withoutNull(schema: JsonSchema): [JsonSchema, boolean] {
  const others = schema.anyOf?.filter(({ type }) => type !== "null") ?? [];
  return others[0] === undefined ? [schema, false] : [others[0], true];
}

function typeOf({ type, enum: values, items, additionalProperties }: JsonSchema): string {
  if (values !== undefined) return values.map((value) => `\`"${value}"\``).join(" or ");
  if (type === "array") return `array of ${items?.properties === undefined ? typeOf(items ?? {}) : "map"}s`;
  if (type === "object" && typeof additionalProperties === "object")
    return `map of name to ${typeOf(additionalProperties)}`;
  if (type === "object") return "map";
  return type === "boolean" ? "true or false" : String(type);
}
