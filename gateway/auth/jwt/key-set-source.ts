/** Where an issuer's key set is read: at an address, or in a file. */
import { readSmallFile } from "../../../small-files/read-small-file.js";
import { SmallFileError } from "../../../small-files/small-file-error.js";
import { keySetLimits } from "../../config/issuers.js";
import { KeySetError } from "./key-set-error.js";

export interface KeySetSource {
  /**
   * The document's text.
   * @throws KeySetError
   */
  read(signal: AbortSignal): Promise<string>;
}

/** The part of the platform's `fetch` that is used here. */
export type Fetch = (uri: string, init: RequestInit) => Promise<Response>;

const { bytes_max: bytesMax } = keySetLimits;

/**
 * Reads the key set at the configured address and at no other: a redirect is refused, because whoever could cause one
 * would choose the keys.
 */
export function keySetAt(uri: string, fetch: Fetch): KeySetSource {
  return {
    async read(signal) {
      const response = await fetch(uri, {
        signal,
        redirect: "manual",
        headers: { accept: "application/jwk-set+json, application/json" },
      }).catch((error: unknown) => {
        throw signal.aborted
          ? signal.reason
          : new KeySetError("unreachable", reasonOf(error), { cause: error });
      });
      const { status } = response;
      if (status !== 200) {
        await response.body?.cancel();
        if (status >= 300 && status < 400)
          throw new KeySetError("redirect", `HTTP ${status}: jwks_uri must be the final address`);
        throw new KeySetError("status", `HTTP ${status}`);
      }
      return textOf(response, signal);
    },
  };
}

/** Reads a body of limited length. Bytes are counted after decompression and before they are kept. */
async function textOf({ body, headers }: Response, signal: AbortSignal): Promise<string> {
  const announced = Number(headers.get("content-length") ?? 0);
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    if (announced > bytesMax) throw tooLarge();
    for await (const chunk of body ?? []) {
      length += chunk.byteLength;
      if (length > bytesMax) throw tooLarge();
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof KeySetError) throw error;
    throw signal.aborted ? signal.reason : new KeySetError("unreachable", reasonOf(error), { cause: error });
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** Reads the key set from a file, of which nothing is kept when it is larger than allowed. */
export function keySetIn(path: string): KeySetSource {
  return {
    async read(signal) {
      try {
        return (await readSmallFile(path, bytesMax, signal)).toString("utf8");
      } catch (error) {
        if (!(error instanceof SmallFileError)) throw error;
        if (error.fault === "too_large") throw tooLarge();
        const outcome = error.fault === "timeout" ? "timeout" : "unreadable";
        throw new KeySetError(outcome, `the file ${error.message}`, { cause: error });
      }
    },
  };
}

function tooLarge(): KeySetError {
  return new KeySetError("too_large", `the key set has more than ${bytesMax} bytes`);
}

/** The error's text, and its cause's where there is one: `fetch` says only that it failed. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
