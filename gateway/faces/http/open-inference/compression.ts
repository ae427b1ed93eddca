/** Compresses an answer where the client asked for exactly gzip or deflate. */
import { promisify } from "node:util";
import { deflate, gzip } from "node:zlib";
import type { HttpReply } from "../reply.js";

const compressors = { gzip: promisify(gzip), deflate: promisify(deflate) } as const;

/**
 * A list of encodings is what an HTTP library sends by itself, and Triton's asyncio client then cannot read `br`: such
 * a request is answered without compression.
 */
export async function compressed(
  accepted: string | undefined,
  parts: readonly Uint8Array[],
  headers: Readonly<Record<string, string>>,
): Promise<HttpReply> {
  const [only] = parts;
  const body = parts.length === 1 && only !== undefined ? only : Buffer.concat(parts);
  const encoding = accepted?.trim().toLowerCase();
  if (encoding !== "gzip" && encoding !== "deflate") return { status: 200, headers, body };
  const compressedBody = await compressors[encoding](body);
  return { status: 200, headers: { ...headers, "content-encoding": encoding }, body: compressedBody };
}
