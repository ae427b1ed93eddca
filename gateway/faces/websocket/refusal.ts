/**
 * Writes the HTTP response to a refused upgrade and ends the socket, so that a client that never closes uses no
 * resources.
 */
import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";

/**
 * Seconds after which a refused client may try again. A gateway that is full or starts has room soon; a client over its
 * quota has to give something up first.
 */
const retryAfterSeconds: ReadonlyMap<number, number> = new Map([
  [429, 5],
  [503, 1],
]);

export function refuse(socket: Duplex, status: number, message: string): void {
  const headers = [`HTTP/1.1 ${status} ${STATUS_CODES[status]}`];
  if (status === 401) headers.push('WWW-Authenticate: Bearer realm="headgate"');
  const retryAfter = retryAfterSeconds.get(status);
  if (retryAfter !== undefined) headers.push(`Retry-After: ${retryAfter}`);
  const body = `${message}\n`;
  headers.push("Connection: close", "Content-Type: text/plain", `Content-Length: ${Buffer.byteLength(body)}`);
  // Without this the socket would stay half-open for as long as the client likes.
  socket.once("finish", () => socket.destroy());
  socket.end(`${headers.join("\r\n")}\r\n\r\n${body}`);
}
