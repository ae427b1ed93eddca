/**
 * Walks a binary message before anything is decoded: finds where each concatenated frame ends, and
 * refuses what could make decoding expensive. Allocates nothing but the list of ends.
 * Source: MessagePack specification, "Formats".
 */
import { closeCodes, ProtocolError } from "./errors.js";
import { limits } from "./limits.js";

/**
 * Byte offsets at which the message's frames end, in order.
 * @throws ProtocolError (4400) when it is not a sequence of well-formed maps within the limits
 */
export function frameEnds(message: Uint8Array): number[] {
  const ends: number[] = [];
  const walk = new Walk(message);
  while (walk.at < message.length) {
    if (ends.length === limits.message_frames_max)
      throw new ProtocolError(`more than ${limits.message_frames_max} frames in a message`);
    ends.push(walk.frame());
  }
  if (ends.length === 0) throw new ProtocolError("an empty message");
  return ends;
}

class Walk {
  at = 0;
  private values = 0;
  /** Values still to come in each open container. */
  private readonly open = new Float64Array(limits.nesting_max);
  /** 1 where the open container is a map, whose even children are its keys. */
  private readonly isMap = new Uint8Array(limits.nesting_max);

  constructor(private readonly message: Uint8Array) {}

  frame(): number {
    const lead = this.message[this.at] ?? 0;
    if ((lead & 0xf0) !== 0x80 && lead !== 0xde && lead !== 0xdf)
      throw new ProtocolError(`a frame must be a map, byte ${this.at} is 0x${lead.toString(16)}`);
    const { open, isMap } = this;
    let depth = 0;
    let children = this.container(0);
    for (;;) {
      if (children > 0) open[depth++] = children;
      while (depth > 0 && open[depth - 1] === 0) depth--;
      if (depth === 0) return this.at;
      const left = open[depth - 1] ?? 0;
      const next = this.message[this.at] ?? 0;
      if (isMap[depth - 1] === 1 && left % 2 === 0) this.requireKey(next);
      open[depth - 1] = left - 1;
      const contains = (next >= 0x80 && next <= 0x9f) || (next >= 0xdc && next <= 0xdf);
      children = contains ? this.container(depth) : this.value();
    }
  }

  /** Passes the header of a map or an array that lies in `depth` others. */
  private container(depth: number): number {
    if (depth === limits.nesting_max) throw new ProtocolError(`nested deeper than ${limits.nesting_max}`);
    const lead = this.message[this.at] ?? 0;
    this.isMap[depth] = lead <= 0x8f || lead >= 0xde ? 1 : 0;
    return this.value();
  }

  /** Other keys would be turned into strings, or into errors, by each decoder in its own way. */
  private requireKey(lead: number): void {
    if ((lead & 0xe0) !== 0xa0 && (lead < 0xd9 || lead > 0xdb) && this.at < this.message.length)
      throw new ProtocolError(`a map's key must be a string, byte ${this.at} is 0x${lead.toString(16)}`);
  }

  /** Passes one value's header, and its bytes if it has no children; answers how many children follow. */
  private value(): number {
    if (++this.values > limits.message_values_max)
      throw new ProtocolError(`more than ${limits.message_values_max} values in a message`);
    const lead = this.unsigned(1);
    if (lead <= 0x7f || lead >= 0xe0) return 0;
    if (lead <= 0x8f) return this.children((lead & 0x0f) * 2);
    if (lead <= 0x9f) return this.children(lead & 0x0f);
    if (lead <= 0xbf) return this.skip(lead & 0x1f);
    switch (lead) {
      case 0xc0: // nil
      case 0xc2: // false
      case 0xc3: // true
        return 0;
      case 0xc4: // bin 8
      case 0xd9: // str 8
        return this.skip(this.unsigned(1));
      case 0xc5: // bin 16
      case 0xda: // str 16
        return this.skip(this.unsigned(2));
      case 0xc6: // bin 32
      case 0xdb: // str 32
        return this.skip(this.unsigned(4));
      case 0xcc: // uint 8
      case 0xd0: // int 8
        return this.skip(1);
      case 0xcd: // uint 16
      case 0xd1: // int 16
        return this.skip(2);
      case 0xca: // float 32
      case 0xce: // uint 32
      case 0xd2: // int 32
        return this.skip(4);
      case 0xcb: // float 64
      case 0xcf: // uint 64
      case 0xd3: // int 64
        return this.skip(8);
      case 0xdc: // array 16
        return this.children(this.unsigned(2));
      case 0xdd: // array 32
        return this.children(this.unsigned(4));
      case 0xde: // map 16
        return this.children(this.unsigned(2) * 2);
      case 0xdf: // map 32
        return this.children(this.unsigned(4) * 2);
      default:
        throw new ProtocolError(
          `byte 0x${lead.toString(16)} (an extension or reserved) has no place in a frame`,
        );
    }
  }

  private unsigned(size: number): number {
    const start = this.at;
    this.skip(size);
    let value = 0;
    for (let i = start; i < this.at; i++) value = value * 256 + (this.message[i] ?? 0);
    return value;
  }

  private skip(count: number): 0 {
    this.at += count;
    if (this.at > this.message.length) throw new ProtocolError("a frame is cut short", closeCodes.malformed);
    return 0;
  }

  /** A child takes at least one byte: a count beyond the bytes left is a lie. */
  private children(count: number): number {
    if (count > this.message.length - this.at)
      throw new ProtocolError("a frame announces more values than follow");
    return count;
  }
}
