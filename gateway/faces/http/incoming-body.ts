/** Reads the body of a Node request without a copy where it came in one piece, and ends a body that nobody reads. */
import type { IncomingMessage, ServerResponse } from "node:http";

/** Milliseconds for which a client may go on to send a body that is not read, after it has its answer. */
const unreadMs = 500;

/** The whole body; its length must be limited already. Rejects when the connection ends before. */
export function wholeBody(incoming: IncomingMessage): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const closed = () => reject(new Error("the connection ended"));
    if (incoming.destroyed) return closed();
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.once("end", () => {
      incoming.off("close", closed);
      const [only] = chunks;
      resolve(chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks));
    });
    incoming.once("error", reject);
    incoming.once("close", closed);
  });
}

/** The body as it comes. Whoever stops reading does not end the connection: the client is still to be answered. */
export function bodyChunks(incoming: IncomingMessage): AsyncIterable<Uint8Array> {
  return { [Symbol.asyncIterator]: () => incoming.iterator({ destroyOnReturn: false }) };
}

/**
 * After an answer that did not need the whole body: the rest is read and thrown away, so that the client sees its
 * answer in place of a reset, and a client that sends for longer than half a second is disconnected.
 */
export function discardUnread(incoming: IncomingMessage, outgoing: ServerResponse): void {
  if (incoming.readableEnded) return;
  outgoing.once("close", () => {
    if (incoming.readableEnded || incoming.destroyed) return;
    const { socket } = incoming;
    const late = setTimeout(() => socket.destroySoon(), unreadMs);
    const over = () => clearTimeout(late);
    incoming.once("end", over);
    incoming.once("close", over);
    incoming.resume();
  });
}
