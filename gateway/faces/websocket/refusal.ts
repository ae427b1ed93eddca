/**
 * Writes the HTTP response to a refused upgrade and ends the socket, so that a client that never closes uses no
 * resources.
 */
import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";

export function refuse(socket: Duplex, status: number, message: string): void {
  const headers = [`HTTP/1.1 ${status} ${STATUS_CODES[status]}`];
  if (status === 401) headers.push('WWW-Authenticate: Bearer realm="headgate"');
  if (status === 503) headers.push("Retry-After: 1");
  const body = `${message}\n`;
  headers.push("Connection: close", "Content-Type: text/plain", `Content-Length: ${Buffer.byteLength(body)}`);
  // Without this the socket would stay half-open for as long as the client likes.
  socket.once("finish", () => socket.destroy());
  socket.end(`${headers.join("\r\n")}\r\n\r\n${body}`);
}
