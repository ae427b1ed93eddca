/** A frame for many connections: encoded once for each codec, whatever the number of connections. */
import type { Codec, EncodedMessage } from "./codec.js";
import type { GatewayFrame } from "./frames.js";

export class SharedFrame<F extends GatewayFrame = GatewayFrame> {
  private readonly encoded = new Map<Codec, EncodedMessage>();

  constructor(readonly frame: F) {}

  as(codec: Codec): EncodedMessage {
    const known = this.encoded.get(codec);
    if (known !== undefined) return known;
    const encoded = codec.encode(this.frame);
    this.encoded.set(codec, encoded);
    return encoded;
  }
}
