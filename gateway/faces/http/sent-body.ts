/** Counts the bytes of an answer as memory in use until the client has read them, or has gone. */
import type { HttpBindings } from "@hono/node-server";
import type { Context } from "hono";
import type { BodyPlaces } from "./body-places.js";

/** @throws HeadgateError resource_exhausted, when the bodies of other requests take the memory */
export function holdUntilSent(context: Context, bytes: number, places: BodyPlaces): void {
  const outgoing = (context.env as Partial<HttpBindings> | undefined)?.outgoing;
  const place = places.take(bytes);
  if (outgoing === undefined || outgoing.closed) return place.leave();
  outgoing.once("close", () => place.leave());
}
