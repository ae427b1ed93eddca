/**
 * Reads the body of an HTTP request within limits that hold before memory is taken: the announced length, the bytes
 * that arrive, and what they decompress to.
 */
import { IncomingMessage } from "node:http";
import { promisify } from "node:util";
import { gunzip, inflate } from "node:zlib";
import { HeadgateError, invalidArgument } from "../../../protocol/errors.js";
import type { BodyPlace, TenantBodyPlaces } from "./body-places.js";
import { BodyTooLargeError } from "./body-too-large.js";
import { headerOf } from "./exchange.js";
import { bodyChunks, wholeBody } from "./incoming-body.js";

/** How much larger than its compressed form a body may be. Text of numbers compresses to a third or a tenth. */
const ratioMax = 100;

/** Up to this size any ratio is allowed: a tensor of zeros compresses to a thousandth. */
const anyRatioBytes = 1024 * 1024;

/** A body of no more than this takes its place at once. */
const atOnceMax = 64 * 1024;

const decompressors = { gzip: promisify(gunzip), deflate: promisify(inflate) } as const;

export interface RequestBody {
  readonly bytes: Uint8Array;
  /** To be left when the request is answered. */
  readonly place: BodyPlace;
}

/**
 * @param bytesMax of the body, decompressed
 * @throws HeadgateError invalid_argument, or resource_exhausted that is not retryable when the body is too large
 */
export async function readBody(
  request: Request | IncomingMessage,
  bytesMax: number,
  places: TenantBodyPlaces,
): Promise<RequestBody> {
  const length = announcedLength(request);
  if (length !== undefined && length > bytesMax) throw tooLarge(bytesMax);
  const decompress = decompressorOf(request);
  const place = places.take(Math.min(length ?? 0, atOnceMax));
  try {
    const received = await receivedBytes(request, length, bytesMax, place);
    place.resize(received.length);
    if (decompress === undefined) return { bytes: received, place };
    place.leave();
    return await decompressed(received, decompress, bytesMax, places);
  } catch (error) {
    place.leave();
    throw error;
  }
}

async function decompressed(
  received: Uint8Array,
  decompress: (typeof decompressors)[keyof typeof decompressors],
  bytesMax: number,
  places: TenantBodyPlaces,
): Promise<RequestBody> {
  const most = Math.min(bytesMax, Math.max(anyRatioBytes, received.length * ratioMax));
  const place = places.take(received.length + most);
  try {
    const bytes = await decompress(received, { maxOutputLength: Math.max(1, most) });
    place.resize(bytes.length);
    return { bytes, place };
  } catch (error) {
    place.leave();
    if ((error as NodeJS.ErrnoException).code !== "ERR_BUFFER_TOO_LARGE")
      throw invalidArgument("Content-Encoding", "the body cannot be decompressed");
    if (most === bytesMax) throw tooLarge(bytesMax);
    throw invalidArgument(
      "Content-Encoding",
      `the body decompresses to more than ${ratioMax} times its size`,
    );
  }
}

/** Undefined for a body that is sent in chunks, and where there may be none. */
function announcedLength(request: Request | IncomingMessage): number | undefined {
  const text = headerOf(request, "content-length");
  return text === undefined ? undefined : Number(text);
}

function decompressorOf(request: Request | IncomingMessage) {
  const encoding = headerOf(request, "content-encoding")?.trim().toLowerCase();
  if (encoding === undefined || encoding === "" || encoding === "identity") return undefined;
  if (encoding === "gzip" || encoding === "deflate") return decompressors[encoding];
  throw invalidArgument(
    "Content-Encoding",
    `must be gzip, deflate or identity, got ${encoding.slice(0, 40)}`,
  );
}

/** Node ends a request whose body is longer or shorter than its Content-Length. */
async function receivedBytes(
  request: Request | IncomingMessage,
  length: number | undefined,
  bytesMax: number,
  place: BodyPlace,
) {
  try {
    if (length === undefined || length > atOnceMax) return await collect(request, bytesMax, place);
    if (request instanceof IncomingMessage) return await wholeBody(request);
    return new Uint8Array(await request.arrayBuffer());
  } catch (error) {
    if (error instanceof HeadgateError) throw error;
    // The client has gone: nobody reads the answer, and nothing is wrong with the gateway.
    throw new HeadgateError("cancelled", "the connection ended before the whole body had come", {
      cause: error,
    });
  }
}

/** Takes memory as the bytes come: who only announces many keeps nobody else's place. */
async function collect(
  request: Request | IncomingMessage,
  bytesMax: number,
  place: BodyPlace,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let total = 0;
  const body = request instanceof IncomingMessage ? bodyChunks(request) : (request.body ?? []);
  for await (const chunk of body) {
    total += chunk.length;
    if (total > bytesMax) throw tooLarge(bytesMax);
    place.resize(total);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, total);
}

function tooLarge(bytesMax: number): HeadgateError {
  return new BodyTooLargeError(`the body must have at most ${bytesMax} bytes`);
}
