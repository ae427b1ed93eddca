/** Counts the bytes of an answer as memory in use until the client has read them, or has gone. */
import type { ServerResponse } from "node:http";
import type { Clock } from "../../clock.js";
import type { BodyPlace } from "./body-places.js";
import { disconnect } from "./disconnect.js";

/** Milliseconds that sending an answer may take, beside those for its size at the least rate. */
const sendingMs = 15_000;
const leastBytesPerMs = 256;

/**
 * A client that reads more slowly than 256 kB a second after the first 15 s is disconnected: it would keep the memory
 * from others for as long as it likes.
 *
 * @param outgoing undefined for a request without a socket
 */
export function holdUntilSent(
  outgoing: ServerResponse | undefined,
  bytes: number,
  place: BodyPlace,
  clock: Pick<Clock, "after">,
): void {
  if (outgoing === undefined || outgoing.destroyed || isSent(outgoing)) return place.leave();
  const inTime = clock.after(sendingMs + bytes / leastBytesPerMs, () => disconnect(outgoing));
  outgoing.once("close", () => {
    inTime();
    place.leave();
  });
}

/** Whether the kernel has all of a written answer: then no timer is needed, which small answers would pay for. */
function isSent({ writableEnded, socket }: ServerResponse): boolean {
  return writableEnded && socket !== null && socket.writableLength === 0;
}
