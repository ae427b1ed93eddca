/** An answer to many requests: encoded once for each codec, after which only the id is replaced for each request. */
import type { Codec, EncodedMessage } from "./codec.js";
import type { AckFrame } from "./frames.js";
import { idMax } from "./limits.js";

/**
 * The largest id, whose encoding is the longest, so that every id fits in its place: 0xce and four bytes in
 * MessagePack.
 */
const placeholder = idMax;
const placeholderBytes = [0xce, 0xff, 0xff, 0xff, 0xff];
const placeholderText = `"id":${placeholder}`;

export class SharedAnswer {
  private readonly made = new Map<Codec, (id: number) => EncodedMessage>();

  constructor(private readonly body: Readonly<Record<string, unknown>>) {}

  as(codec: Codec, id: number): EncodedMessage {
    const known = this.made.get(codec);
    if (known !== undefined) return known(id);
    const made = this.make(codec);
    this.made.set(codec, made);
    return made(id);
  }

  private make(codec: Codec): (id: number) => EncodedMessage {
    const whole = (id: number) => codec.encode({ type: "ack", id, ...this.body } as AckFrame);
    const encoded = whole(placeholder);
    if (typeof encoded === "string") {
      // The first occurrence is the id, because it is the frame's second field.
      const at = encoded.indexOf(placeholderText);
      const [before, after] = [encoded.slice(0, at), encoded.slice(at + placeholderText.length)];
      return at < 0 ? whole : (id) => `${before}"id":${id}${after}`;
    }
    const at = encoded instanceof Uint8Array ? indexOfPlaceholder(encoded) : -1;
    if (!(encoded instanceof Uint8Array) || at < 0) return whole;
    return (id) => {
      const copy = encoded.slice();
      new DataView(copy.buffer, copy.byteOffset).setUint32(at + 1, id);
      return copy;
    };
  }
}

/** Searches only the beginning of the frame, because the same bytes later would belong to the content. */
function indexOfPlaceholder(bytes: Uint8Array): number {
  for (let at = 0; at < Math.min(32, bytes.length - placeholderBytes.length); at++)
    if (placeholderBytes.every((byte, i) => bytes[at + i] === byte)) return at;
  return -1;
}
