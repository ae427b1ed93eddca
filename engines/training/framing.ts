/**
 * The frames on a trainer's pipes: a message in MessagePack after its length, four bytes, little-endian. What comes
 * from a process is read as what comes from a client is: within limits, before memory is taken.
 */
import type { DecodedFrame, EncodingPieces } from "../../protocol/codec.js";
import { limits } from "../../protocol/limits.js";
import { readFrames } from "../../protocol/msgpack-reader.js";
import { MsgpackWriter } from "../../protocol/msgpack-writer.js";
import { sizeOf } from "../../protocol/parts.js";

/** Bytes of the length before each message. */
const headBytes = 4;

/** The largest length that four bytes hold. */
export const frameBytesMost = 0xffff_ffff;

/**
 * Writes a message piece by piece, with a `yield` between two pieces of at most a millisecond: its labels may be long
 * lists of strings. The result is its bytes in parts; the data of large tensors is not copied, and may lie in memory
 * that threads share.
 * @throws RangeError when the message has more bytes than a length can say
 */
export function* encodeFrame(message: object): EncodingPieces {
  const parts = yield* new MsgpackWriter().frameInPieces(message, frameBytesMost);
  const length = sizeOf(parts);
  if (length > frameBytesMost) throw new RangeError(`a message of ${length} bytes does not fit in a frame`);
  const head = new Uint8Array(headBytes);
  new DataView(head.buffer).setUint32(0, length, true);
  return [head, ...parts];
}

/** Bytes that are no frames. The process that sent them is ended. */
export class FramingError extends Error {
  override readonly name = "FramingError";
}

/** Puts the frames of a byte stream together, whatever pieces it comes in. */
export class FrameReader {
  private readonly head = new Uint8Array(headBytes);
  private headLength = 0;
  /** The message that is being received; undefined while its length is. */
  private body: Uint8Array | undefined;
  private bodyLength = 0;

  /** @param bytesMax of one message */
  constructor(private readonly bytesMax: number) {}

  /** Whether the stream may end here. */
  get isBetweenFrames(): boolean {
    return this.headLength === 0;
  }

  /**
   * The messages that this piece completes, each a map whose binary values are views of its own memory.
   * @throws FramingError after which nothing more can be read
   */
  *take(piece: Uint8Array): Generator<unknown, void, undefined> {
    let at = 0;
    while (at < piece.length) {
      at += this.body === undefined ? this.takeHead(piece, at) : this.takeBody(this.body, piece, at);
      if (this.body !== undefined && this.bodyLength === this.body.length) yield this.finish(this.body);
    }
  }

  private takeHead(piece: Uint8Array, at: number): number {
    const count = Math.min(headBytes - this.headLength, piece.length - at);
    this.head.set(piece.subarray(at, at + count), this.headLength);
    this.headLength += count;
    if (this.headLength < headBytes) return count;
    const length = new DataView(this.head.buffer).getUint32(0, true);
    if (length > this.bytesMax)
      throw new FramingError(`a message of ${length} bytes, and at most ${this.bytesMax} are taken`);
    // Uninitialised memory: the system provides a page of it only once bytes have arrived for it, so that a length
    // alone costs nothing.
    this.body = Buffer.allocUnsafeSlow(length);
    this.bodyLength = 0;
    return count;
  }

  private takeBody(body: Uint8Array, piece: Uint8Array, at: number): number {
    const count = Math.min(body.length - this.bodyLength, piece.length - at);
    body.set(piece.subarray(at, at + count), this.bodyLength);
    this.bodyLength += count;
    return count;
  }

  private finish(body: Uint8Array): unknown {
    this.body = undefined;
    this.headLength = 0;
    const [frame, another] = decoded(body);
    if (frame === undefined || another !== undefined) throw new FramingError("several messages in one frame");
    return frame.value;
  }
}

/** Text is limited as a client's is, because reading it takes the gateway's thread as long. */
function decoded(body: Uint8Array): readonly DecodedFrame[] {
  try {
    return readFrames(body, { bytesMax: limits.text_bytes_max, valuesMax: limits.text_values_max });
  } catch (error) {
    throw new FramingError(error instanceof Error ? error.message : String(error));
  }
}
