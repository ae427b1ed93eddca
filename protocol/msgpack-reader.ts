/**
 * Reads a binary message in one pass. Malformed or too large values are refused where they are found, before memory
 * is allocated for them. Bytes are not copied: a `bin` is a view of the message.
 *
 * Source: MessagePack specification, "Formats".
 */
import { AsciiCache } from "./ascii-cache.js";
import { anyText, type DecodedFrame, type Message, type TextBounds } from "./codec.js";
import { ProtocolError } from "./errors.js";
import { limits } from "./limits.js";
import { joined, sizeOf } from "./parts.js";

/**
 * The frames of a message, in order.
 * @param message whole, or in the fragments in which it was transferred
 * @param bounds of its strings
 * @throws ProtocolError (4400) when it is not a sequence of well-formed maps within the limits
 */
export function readFrames(message: Message, bounds: TextBounds = anyText): DecodedFrame[] {
  if (message instanceof Uint8Array) return new MsgpackReader([message], bounds).frames();
  try {
    return new MsgpackReader(message, bounds).frames();
  } catch (error) {
    if (error !== straddles) throw error;
    return new MsgpackReader([joined(message)], bounds).frames();
  }
}

/** Thrown when a value begins in one part and ends in another: then the parts must be joined first. */
const straddles = new Error("a value straddles two parts");

const text = new TextDecoder();
const strings = new AsciiCache();

class MsgpackReader {
  private bytes: Uint8Array;
  private view: DataView;
  private at = 0;
  private end: number;
  private part = 0;
  /** Bytes of the parts before the current one, and of the parts after it. */
  private before = 0;
  private after: number;
  private values = 0;
  private strings = 0;
  private stringBytes = 0;

  constructor(
    private readonly parts: readonly Uint8Array[],
    private readonly bounds: TextBounds,
  ) {
    this.bytes = parts[0] ?? new Uint8Array(0);
    this.view = viewOf(this.bytes);
    this.end = this.bytes.length;
    this.after = sizeOf(parts) - this.end;
  }

  frames(): DecodedFrame[] {
    const frames: DecodedFrame[] = [];
    let start = 0;
    while (this.left > 0) {
      if (frames.length === limits.message_frames_max)
        throw new ProtocolError(`more than ${limits.message_frames_max} frames in a message`);
      const value = this.frame();
      const end = this.before + this.at;
      frames.push({ value, bytes: end - start });
      start = end;
    }
    if (frames.length === 0) throw new ProtocolError("an empty message");
    return frames;
  }

  private get left(): number {
    return this.end - this.at + this.after;
  }

  private frame(): unknown {
    const lead = this.unsigned(1);
    if ((lead & 0xf0) === 0x80 || lead === 0xde || lead === 0xdf) return this.value(lead, 0);
    throw new ProtocolError(
      `a frame must be a map, byte ${this.before + this.at - 1} is 0x${lead.toString(16)}`,
    );
  }

  /** Reads the value whose first byte is `lead`, inside `depth` containers. */
  private value(lead: number, depth: number): unknown {
    if (++this.values > limits.message_values_max) this.refuseValues();
    if (lead <= 0x7f) return lead;
    if (lead >= 0xe0) return lead - 0x100;
    if (lead <= 0x8f) return this.map(lead & 0x0f, depth);
    if (lead <= 0x9f) return this.array(lead & 0x0f, depth);
    if (lead <= 0xbf) return this.string(lead & 0x1f);
    switch (lead) {
      case 0xc0:
        return null;
      case 0xc2:
        return false;
      case 0xc3:
        return true;
      case 0xc4:
        return this.bin(this.unsigned(1));
      case 0xc5:
        return this.bin(this.unsigned(2));
      case 0xc6:
        return this.bin(this.unsigned(4));
      case 0xca:
      case 0xcb:
      case 0xcf:
      case 0xd0:
      case 0xd1:
      case 0xd2:
      case 0xd3:
        return this.number(lead);
      case 0xcc:
        return this.unsigned(1);
      case 0xcd:
        return this.unsigned(2);
      case 0xce:
        return this.unsigned(4);
      case 0xd9:
        return this.string(this.unsigned(1));
      case 0xda:
        return this.string(this.unsigned(2));
      case 0xdb:
        return this.string(this.unsigned(4));
      case 0xdc:
        return this.array(this.unsigned(2), depth);
      case 0xdd:
        return this.array(this.unsigned(4), depth);
      case 0xde:
        return this.map(this.unsigned(2), depth);
      case 0xdf:
        return this.map(this.unsigned(4), depth);
      default:
        throw new ProtocolError(
          `byte 0x${lead.toString(16)} (an extension or reserved) has no place in a frame`,
        );
    }
  }

  /** Reads a float, a signed integer, or a 64-bit integer. */
  private number(lead: number): number | bigint {
    const at = this.take(lead === 0xca || lead === 0xd2 ? 4 : lead === 0xd0 ? 1 : lead === 0xd1 ? 2 : 8);
    const { view } = this; // read after `take`, which may have moved to the next part
    switch (lead) {
      case 0xca:
        return view.getFloat32(at);
      case 0xcb:
        return view.getFloat64(at);
      case 0xcf:
        return narrow(view.getBigUint64(at));
      case 0xd0:
        return view.getInt8(at);
      case 0xd1:
        return view.getInt16(at);
      case 0xd2:
        return view.getInt32(at);
      default:
        return narrow(view.getBigInt64(at));
    }
  }

  private map(count: number, depth: number): Record<string, unknown> {
    this.enter(count * 2, depth);
    const map: Record<string, unknown> = {};
    for (let i = 0; i < count; i++) {
      const key = this.key(depth + 1);
      const value = this.value(this.unsigned(1), depth + 1);
      if (key === "__proto__")
        Object.defineProperty(map, key, { value, enumerable: true, configurable: true, writable: true });
      else map[key] = value;
    }
    return map;
  }

  /** Reads a string as a key. Keys of other types are refused, because decoders convert them in different ways. */
  private key(depth: number): string {
    const lead = this.unsigned(1);
    if ((lead & 0xe0) !== 0xa0 && (lead < 0xd9 || lead > 0xdb))
      throw new ProtocolError(
        `a map's key must be a string, byte ${this.before + this.at - 1} is 0x${lead.toString(16)}`,
      );
    return this.value(lead, depth) as string;
  }

  private array(count: number, depth: number): unknown[] {
    this.enter(count, depth);
    // A long array grows while its values are read: otherwise nested arrays that each announce the rest of the
    // message would allocate much memory.
    const array: unknown[] = new Array(count <= 16 ? count : 0);
    for (let i = 0; i < count; i++) array[i] = this.value(this.unsigned(1), depth + 1);
    return array;
  }

  private enter(children: number, depth: number): void {
    if (depth === limits.nesting_max) throw new ProtocolError(`nested deeper than ${limits.nesting_max}`);
    // Every child has at least one byte, so a count larger than the number of remaining bytes is wrong.
    if (children > this.left) throw new ProtocolError("a frame announces more values than follow");
    if (this.values + children > limits.message_values_max) this.refuseValues();
  }

  private refuseValues(): never {
    throw new ProtocolError(`more than ${limits.message_values_max} values in a message`);
  }

  private string(length: number): string {
    const { valuesMax, bytesMax } = this.bounds;
    if (++this.strings > valuesMax) throw new ProtocolError(`more than ${valuesMax} strings in a message`);
    this.stringBytes += length;
    if (this.stringBytes > bytesMax)
      throw new ProtocolError(`more than ${bytesMax} bytes of strings in a message`);
    const start = this.take(length);
    return strings.find(this.bytes, start, length) ?? text.decode(this.bytes.subarray(start, start + length));
  }

  private bin(length: number): Uint8Array {
    if (this.at === this.end && this.after > 0) this.nextPart();
    const start = this.take(length);
    return new Uint8Array(this.bytes.buffer, this.bytes.byteOffset + start, length);
  }

  private unsigned(size: number): number {
    const start = this.take(size);
    if (size === 1) return this.bytes[start] as number;
    return size === 2 ? this.view.getUint16(start) : this.view.getUint32(start);
  }

  /** Skips `count` bytes of the current part; answers where they begin. */
  private take(count: number): number {
    const start = this.at;
    if (start + count <= this.end) {
      this.at = start + count;
      return start;
    }
    if (count > this.left) throw new ProtocolError("a frame is cut short");
    if (start < this.end) throw straddles;
    this.nextPart();
    return this.take(count);
  }

  private nextPart(): void {
    this.before += this.end;
    this.bytes = this.parts[++this.part] as Uint8Array;
    this.view = viewOf(this.bytes);
    this.at = 0;
    this.end = this.bytes.length;
    this.after -= this.end;
  }
}

/** A small integer in 64 bits, such as a time, becomes a number where a number represents it exactly. */
function narrow(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
