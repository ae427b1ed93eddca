/** Generates the configuration reference, docs/configuration.md, from the schema. */
import { z } from "zod";
import { configSchema } from "./config.js";
import { day, gibibyte, mebibyte, minute } from "./values.js";

/** A setting as a row of the reference. */
export interface SettingRow {
  /** The path of the setting, such as `engine.model_workers`, `auth.keys[].sha256` or `tenants.NAME.weight`. */
  readonly path: string;
  readonly type: string;
  /** The default as JSON, or in words where it depends on the machine. Absent when the setting is required. */
  readonly fallback?: string;
  readonly description: string;
}

/** Descriptions that the schema carries beside its type. */
interface SettingMeta {
  readonly description?: string | undefined;
  /** The default in words, where it depends on the machine. */
  readonly fallback?: string | undefined;
}

/** Every setting, in the order of the schema. */
export function settingRows(): SettingRow[] {
  return rowsOf("", configSchema);
}

function rowsOf(path: string, schema: z.core.$ZodType): SettingRow[] {
  const { inner, meta, fallback } = unwrap(schema);
  const own = meta.description === undefined ? [] : [row(path, inner, meta, fallback)];
  if (inner instanceof z.ZodObject)
    return Object.entries(inner.shape).flatMap(([name, of]) =>
      rowsOf(path === "" ? name : `${path}.${name}`, of),
    );
  if (inner instanceof z.ZodRecord) return [...own, ...rowsOf(`${path}.NAME`, inner.valueType)];
  if (inner instanceof z.ZodArray && unwrap(inner.element).inner instanceof z.ZodObject)
    return [...own, ...rowsOf(`${path}[]`, inner.element)];
  return [row(path, inner, meta, fallback)];
}

function row(
  path: string,
  schema: z.core.$ZodType,
  meta: SettingMeta,
  fallback: string | undefined,
): SettingRow {
  const words = meta.fallback ?? fallback;
  return {
    path,
    type: typeOf(schema),
    ...(words === undefined ? {} : { fallback: words }),
    description: meta.description ?? "",
  };
}

interface Unwrapped {
  readonly inner: z.core.$ZodType;
  readonly meta: SettingMeta;
  readonly fallback: string | undefined;
}

/** The schema inside defaults and optional marks, together with their descriptions. */
function unwrap(schema: z.core.$ZodType): Unwrapped {
  const meta: SettingMeta = z.globalRegistry.get(schema) ?? {};
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault) {
    const below = unwrap(schema.unwrap());
    return { ...below, meta: { ...below.meta, ...meta }, fallback: JSON.stringify(schema.def.defaultValue) };
  }
  if (schema instanceof z.ZodOptional) {
    const below = unwrap(schema.unwrap());
    return { ...below, meta: { ...below.meta, ...meta }, fallback: "absent" };
  }
  return { inner: schema, meta, fallback: undefined };
}

/** The type of a setting and its bounds in words. */
function typeOf(schema: z.core.$ZodType): string {
  if (schema instanceof z.ZodUnion) return schema.options.map(typeOf).join(", or ");
  const json = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
  if (json.enum !== undefined) return json.enum.map((value) => `\`${JSON.stringify(value)}\``).join(", ");
  if (json.type === "array") {
    const items = schema instanceof z.ZodArray ? schema.element : undefined;
    if (items === undefined || unwrap(items).inner instanceof z.ZodObject)
      return `array of objects${bounds(json)}`;
    return `array of ${typeOf(items)}${bounds(json)}`;
  }
  if (json.anyOf !== undefined) return json.anyOf.map((each) => typeOfJson(each)).join(" or ");
  return typeOfJson(json);
}

/** The type of a setting whose schema is simple, and its bounds in words. */
function typeOfJson(json: z.core.JSONSchema.BaseSchema): string {
  if (json.format === "date-time") return "string, ISO 8601";
  if (json.format === "uri") return "string, URL";
  return `${json.type ?? "any"}${bounds(json)}`;
}

function bounds(json: z.core.JSONSchema.BaseSchema): string {
  if (json.type === "string") return range(json.minLength, json.maxLength, " characters");
  if (json.type === "array") return range(json.minItems, json.maxItems, " of them");
  // zod bounds every integer by 2^53, the largest that a double holds exactly. That bound is not shown.
  return range(json.minimum, json.maximum === Number.MAX_SAFE_INTEGER ? undefined : json.maximum, "");
}

function range(least: number | undefined, most: number | undefined, unit: string): string {
  if (most !== undefined) return `, ${grouped(least ?? 0)} to ${grouped(most)}${unit}`;
  return least === undefined || unit !== "" ? "" : `, at least ${grouped(least)}`;
}

const grouped = (value: number) => value.toLocaleString("en-US");

/** The text of docs/configuration.md in Markdown. */
export function configurationReference(): string {
  const groups = new Map<string, SettingRow[]>();
  for (const setting of settingRows()) {
    const head =
      /^[a-z_]+(?=[.[])/.exec(setting.path)?.[0] ?? (setting.type.includes("object") ? setting.path : "");
    groups.set(head, [...(groups.get(head) ?? []), setting]);
  }
  const parts = [...groups].map(
    ([head, settings]) => `## ${head === "" ? "The top level" : `\`${head}\``}\n\n${table(settings)}`,
  );
  return `${introduction}\n${parts.join("\n\n")}\n`;
}

const introduction = `# Configuration

Made from the schema in [gateway/config](../gateway/config) by \`npm run docs\`; do not edit it by hand.

One JSON file, given by \`--config\`; the flags \`--host\`, \`--port\`, \`--models\` and \`--data\` win over it. Every setting
has a default, so that a file names only what differs. A key that is not here stops the start, with the key, what was
given and what is allowed. Names end with their unit. [operations.md](operations.md) tells how the settings work together.
`;

function table(settings: readonly SettingRow[]): string {
  const rows = settings.map(
    ({ path, type, fallback, description }) =>
      `| \`${path}\` | ${type} | ${fallback === undefined ? "must be given" : inWords(path, fallback)} | ${description} |`,
  );
  return ["| setting | type | default | what it does |", "|---|---|---|---|", ...rows].join("\n");
}

/**
 * JSON is formatted as code, and a long number is followed by a larger unit; a default in words is left unchanged.
 */
function inWords(path: string, fallback: string): string {
  if (!/^(?:["[{\d]|true$|false$|null$)/.test(fallback)) return fallback;
  const units =
    path.endsWith("bytes") || path.endsWith("bytes_max") ? byteUnits : path.endsWith("_ms") ? timeUnits : [];
  const unit = units.find(([, size]) => Number(fallback) >= size && Number(fallback) % size === 0);
  return `\`${fallback}\`${unit === undefined ? "" : ` (${Number(fallback) / unit[1]} ${unit[0]})`}`;
}

const byteUnits: readonly (readonly [string, number])[] = [
  ["GiB", gibibyte],
  ["MiB", mebibyte],
];

const timeUnits: readonly (readonly [string, number])[] = [
  ["days", day],
  ["min", minute],
  ["s", 1_000],
];
