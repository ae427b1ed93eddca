/** Reads the query of a request: each name at most once, and none that the route does not know. */
import type { Context } from "hono";
import type { z } from "zod";
import { invalidArgument } from "../../../protocol/errors.js";
import { shown } from "../../../protocol/fields.js";

/**
 * The values as a frame's fields have them: numbers and booleans of the schema as such, and what is neither as text,
 * which the frame's parser refuses by name.
 *
 * @throws HeadgateError invalid_argument
 */
export function readQuery(context: Context, schema: z.ZodObject): Readonly<Record<string, unknown>> {
  const known = Object.keys(schema.shape);
  const fields: Record<string, unknown> = {};
  for (const [name, values] of Object.entries(context.req.queries())) {
    if (!known.includes(name))
      throw invalidArgument("the query", `has no ${shown(name)}, only ${known.join(", ")}`);
    if (values.length > 1) throw invalidArgument(name, `must be given once, got ${values.length}`);
    const [text = ""] = values;
    fields[name] = textual.has(typeOf(schema, name)) ? text : plain(text);
  }
  return fields;
}

const textual: ReadonlySet<string> = new Set(["string", "enum"]);

function typeOf({ shape }: z.ZodObject, name: string): string {
  const { def } = (shape[name] as z.ZodType)._zod;
  return def.type === "optional" ? (def as z.core.$ZodOptionalDef).innerType._zod.def.type : def.type;
}

function plain(text: string): unknown {
  if (text === "true" || text === "false") return text === "true";
  return /^-?\d{1,16}$/.test(text) ? Number(text) : text;
}
