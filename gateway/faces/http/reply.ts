/** An answer before it is written: what Hono's routes give as a Response, and direct routes write themselves. */
import type { ServerResponse } from "node:http";

export interface HttpReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

export function responseOf({ status, headers, body }: HttpReply): Response {
  return new Response(body as string | Uint8Array<ArrayBuffer>, { status, headers });
}

/** Writes the answer in one system call where its size allows it; nothing happens when the client has gone. */
export function writeReply(outgoing: ServerResponse, { status, headers, body }: HttpReply): void {
  if (outgoing.destroyed) return;
  const length = typeof body === "string" ? Buffer.byteLength(body) : body.length;
  outgoing.writeHead(status, { ...headers, "content-length": String(length) });
  outgoing.end(body);
}
