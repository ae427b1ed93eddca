/**
 * A request that asks to go on in a protocol that is no WebSocket, such as the `h2c` that Java's HttpClient and
 * `curl --http2` ask for with their first request. A server that does not speak it answers as if nothing had been asked
 * for. Node hands each such request over as an upgrade and reads no further, so its bytes are given back to Node without
 * what was asked.
 *
 * Source: RFC 9110, 7.8 (a server may ignore an Upgrade field).
 */
import type { IncomingMessage, Server } from "node:http";
import type { Socket } from "node:net";

/** What a request of another protocol has beside its own fields. */
const dropped: ReadonlySet<string> = new Set(["upgrade", "http2-settings"]);

export function asksForWebSocket({ headers }: Pick<IncomingMessage, "headers">): boolean {
  return namesIn(headers.upgrade ?? "").some((name) => name.toLowerCase() === "websocket");
}

/** Reads the request again as one without an upgrade. @param head what came behind its header */
export function declineUpgrade(server: Server, request: IncomingMessage, socket: Socket, head: Buffer): void {
  server.emit("connection", socket);
  socket.unshift(Buffer.concat([Buffer.from(headerOf(request), "latin1"), head]));
}

function headerOf({ method, url, httpVersion, rawHeaders }: IncomingMessage): string {
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const [name = "", value = ""] = rawHeaders.slice(i, i + 2);
    const kind = name.toLowerCase();
    if (dropped.has(kind)) continue;
    lines.push(`${name}: ${kind === "connection" ? withoutDropped(value) : value}`);
  }
  return `${lines.join("\r\n")}\r\n\r\n`;
}

function withoutDropped(value: string): string {
  return namesIn(value)
    .filter((name) => !dropped.has(name.toLowerCase()))
    .join(", ");
}

function namesIn(list: string): string[] {
  return list.split(",").map((name) => name.trim());
}
