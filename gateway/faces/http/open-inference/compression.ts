/** Compresses a response where the client asked for exactly gzip or deflate. */
import { promisify } from "node:util";
import { deflate, gzip } from "node:zlib";

const compressors = { gzip: promisify(gzip), deflate: promisify(deflate) } as const;

/**
 * A list of encodings is what an HTTP library sends by itself, and Triton's asyncio client then cannot read `br`: such
 * a request is answered without compression, and so is any whose body is small.
 */
export async function compressed(
  accepted: string | undefined,
  parts: readonly Uint8Array[],
  headers: Readonly<Record<string, string>>,
): Promise<Response> {
  const [only] = parts;
  const body = parts.length === 1 && only !== undefined ? only : Buffer.concat(parts);
  const encoding = accepted?.trim().toLowerCase();
  if (encoding !== "gzip" && encoding !== "deflate") return respond(body, headers);
  return respond(await compressors[encoding](body), { ...headers, "content-encoding": encoding });
}

function respond(body: Uint8Array, headers: Readonly<Record<string, string>>): Response {
  return new Response(body as Uint8Array<ArrayBuffer>, {
    headers: { ...headers, "content-length": String(body.length) },
  });
}
