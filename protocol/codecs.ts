/** The available codecs, by their subprotocols. */
import type { Codec } from "./codec.js";
import { jsonCodec } from "./json.js";
import { msgpackCodec } from "./msgpack.js";

export const codecs: readonly Codec[] = [msgpackCodec, jsonCodec];

export function codecOf(subprotocol: string): Codec | undefined {
  return codecs.find((codec) => codec.subprotocol === subprotocol);
}
