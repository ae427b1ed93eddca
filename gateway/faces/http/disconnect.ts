/** Ends the connection of a client that is to get no more of its answer. */
import type { ServerResponse } from "node:http";

/**
 * Ends it also while answers to earlier requests are being sent: `destroy` of a response does nothing until its own turn
 * comes, and a client decides how long that takes.
 */
export function disconnect(outgoing: ServerResponse): void {
  outgoing.req.socket.destroy();
}
