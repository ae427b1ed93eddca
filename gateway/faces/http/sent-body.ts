/** Counts the bytes of an answer as memory in use until the client has read them, or has gone. */
import type { HttpBindings } from "@hono/node-server";
import type { Context } from "hono";
import type { Clock } from "../../clock.js";
import type { TenantBodyPlaces } from "./body-places.js";

/** Milliseconds that sending an answer may take, beside those for its size at the least rate. */
const sendingMs = 15_000;
const leastBytesPerMs = 256;

/**
 * A client that reads more slowly than 256 kB a second after the first 15 s is disconnected: it would keep the memory
 * from others for as long as it likes.
 * @throws HeadgateError resource_exhausted, when the bodies of other requests take the memory
 */
export function holdUntilSent(
  context: Context,
  bytes: number,
  places: TenantBodyPlaces,
  clock: Pick<Clock, "after">,
): void {
  const outgoing = (context.env as Partial<HttpBindings> | undefined)?.outgoing;
  const place = places.take(bytes);
  if (outgoing === undefined || outgoing.closed) return place.leave();
  const inTime = clock.after(sendingMs + bytes / leastBytesPerMs, () => outgoing.destroy());
  outgoing.once("close", () => {
    inTime();
    place.leave();
  });
}
