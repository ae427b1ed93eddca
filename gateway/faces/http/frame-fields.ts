/** Routes that take the fields of one frame as JSON, and answer the fields of its `ack`. */
import type { Context } from "hono";
import type { z } from "zod";
import { invalidArgument } from "../../../protocol/errors.js";
import { isFields, shown } from "../../../protocol/fields.js";
import { jsonText } from "../../../protocol/json.js";
import { limits } from "../../../protocol/limits.js";
import { parseClientFrame } from "../../../protocol/parse-client-frame.js";
import type { TenantBodyPlaces } from "./body-places.js";
import { parseJson } from "./json-text.js";
import { readQuery } from "./query.js";
import { readBody } from "./request-body.js";

/** Reads the query as the fields of a frame. */
export function queryFrame<F>(context: Context, type: string, schema: z.ZodObject): F {
  return parseClientFrame({ ...readQuery(context, schema), type, id: 0 }, "json") as F;
}

/**
 * Reads the body as the fields of a frame, within the limits that hold for the frame on the wire.
 * @param path fields that the path of the route gives
 */
export async function frameOf<F>(
  context: Context,
  type: string,
  places: TenantBodyPlaces,
  path: Readonly<Record<string, string>> = {},
): Promise<F> {
  const { bytes, place } = await readBody(context.req.raw, limits.text_bytes_max, places);
  try {
    const value = parseJson(bytes);
    if (!isFields(value)) throw invalidArgument("the body", `must be a JSON object, got ${shown(value)}`);
    return parseClientFrame({ ...value, ...path, type, id: 0 }, "json") as F;
  } finally {
    place.leave();
  }
}

/** An `ack` without what a socket needs to find its request. */
export function frameAnswer({
  type: _type,
  id: _id,
  ...fields
}: Readonly<Record<string, unknown>>): Response {
  return new Response(jsonText(fields), { headers: { "content-type": "application/json" } });
}
