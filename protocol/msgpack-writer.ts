/**
 * Writes frames as MessagePack. Small frames are written one after another into the same memory, so that frames sent
 * together need no joining. The bytes of a large tensor are not copied, but become a separate part.
 *
 * Source: MessagePack specification, "Formats".
 */

import type { EncodingPieces } from "./codec.js";
import { isFields } from "./fields.js";

/** A `bin` of at least this many bytes is sent from its own memory, without a copy. */
export const partBytesMin = 32_768;

const chunkBytes = 65_536;
/** The number of array elements that are written in one piece, which takes a millisecond. */
const arrayPiece = 1_024;
const text = new TextEncoder();

/** Allocates uninitialised memory where that is possible, which is in Node only. */
const allocate: (size: number) => Uint8Array =
  globalThis.Buffer === undefined
    ? (size) => new Uint8Array(size)
    : (size) => new Uint8Array(globalThis.Buffer.allocUnsafeSlow(size).buffer);

/** A frame that knows its size and writes itself. */
export interface SizedFrame {
  readonly bytes: number;
  /** Writes all its bytes, beginning at `at`; `view` is of the same memory. */
  write(memory: Uint8Array, view: DataView, at: number): void;
}

export class MsgpackWriter {
  private bytes = allocate(chunkBytes);
  private view = new DataView(this.bytes.buffer);
  private at = 0;
  /** The offset at which the current part begins. */
  private start = 0;
  private parts: Uint8Array[] = [];

  /** The bytes of a frame: one part, or several when the frame has large tensors. */
  frame(frame: object): Uint8Array | readonly Uint8Array[] {
    this.start = this.at;
    this.parts = []; // drops the parts of an earlier frame whose encoding failed
    this.map(frame as Readonly<Record<string, unknown>>);
    this.cut();
    const { parts } = this;
    return parts.length === 1 ? (parts[0] as Uint8Array) : parts;
  }

  /** The bytes of a frame that writes itself, in one part. */
  sizedFrame(frame: SizedFrame): Uint8Array {
    this.start = this.at;
    this.reserve(frame.bytes);
    frame.write(this.bytes, this.view, this.at);
    this.at += frame.bytes;
    return this.bytes.subarray(this.start, this.at);
  }

  /**
   * Encodes a frame in pieces, because long arrays of strings take a microsecond for each element. Stops when the
   * frame is larger than `bytesMax`.
   */
  *frameInPieces(frame: object, bytesMax: number): EncodingPieces {
    this.start = this.at;
    this.parts = [];
    let counted = 0;
    let bytes = 0;
    for (const _ of this.mapInPieces(frame as Readonly<Record<string, unknown>>)) {
      this.cut();
      this.start = this.at;
      for (; counted < this.parts.length; counted++) bytes += this.parts[counted]?.length ?? 0;
      if (bytes > bytesMax) break;
      yield;
    }
    this.cut();
    return this.parts;
  }

  private *mapInPieces(map: Readonly<Record<string, unknown>>): Generator<undefined, void, undefined> {
    const present = Object.entries(map).filter(([, value]) => value !== undefined);
    this.head(present.length, 0x80, 15, 0xde);
    for (const [key, value] of present) {
      this.string(key);
      if (Array.isArray(value)) yield* this.arrayInPieces(value);
      else if (isFields(value)) yield* this.mapInPieces(value);
      else this.value(value);
    }
  }

  private *arrayInPieces(array: readonly unknown[]): Generator<undefined, void, undefined> {
    this.head(array.length, 0x90, 15, 0xdc);
    for (let i = 0; i < array.length; i++) {
      this.value(array[i] === undefined ? null : array[i]);
      if (i % arrayPiece === arrayPiece - 1) yield;
    }
  }

  private value(value: unknown): void {
    if (typeof value === "string") this.string(value);
    else if (typeof value === "number") this.number(value);
    else if (typeof value === "boolean") this.byte(value ? 0xc3 : 0xc2);
    else if (value === null) this.byte(0xc0);
    else if (value instanceof Uint8Array) this.bin(value);
    else if (Array.isArray(value)) this.array(value);
    else if (typeof value === "object") this.map(value as Readonly<Record<string, unknown>>);
    else throw new TypeError(`a ${typeof value} has no place in a frame`);
  }

  /** Fields that are undefined are left out. */
  private map(map: Readonly<Record<string, unknown>>): void {
    let count = 0;
    for (const key in map) if (map[key] !== undefined) count++;
    this.head(count, 0x80, 15, 0xde);
    for (const key in map) {
      const value = map[key];
      if (value === undefined) continue;
      this.string(key);
      this.value(value);
    }
  }

  private array(array: readonly unknown[]): void {
    this.head(array.length, 0x90, 15, 0xdc);
    for (const each of array) this.value(each === undefined ? null : each);
  }

  private string(string: string): void {
    const { length } = string;
    if (length > 64 || !this.ascii(string)) this.utf8(string);
  }

  /** Writes a string if it is ASCII; otherwise writes nothing and answers false. */
  private ascii(string: string): boolean {
    const { length } = string;
    this.reserve(length + 2);
    const { bytes } = this;
    let at = this.at;
    if (length < 32) bytes[at++] = 0xa0 | length;
    else {
      bytes[at++] = 0xd9;
      bytes[at++] = length;
    }
    for (let i = 0; i < length; i++) {
      const code = string.charCodeAt(i);
      if (code > 0x7f) return false;
      bytes[at++] = code;
    }
    this.at = at;
    return true;
  }

  private utf8(string: string): void {
    const encoded = text.encode(string);
    const size = encoded.length;
    if (size < 32) this.byte(0xa0 | size);
    else this.sized(size, 0xd9);
    this.copy(encoded);
  }

  private bin(bytes: Uint8Array): void {
    this.sized(bytes.length, 0xc4);
    if (bytes.length < partBytesMin) return this.copy(bytes);
    this.cut();
    this.parts.push(bytes);
    this.start = this.at;
  }

  private number(value: number): void {
    if (!Number.isInteger(value) || Object.is(value, -0) || value > 0xffff_ffff || value < -0x8000_0000)
      return this.float(value);
    if (value >= 0) {
      if (value < 0x80) this.byte(value);
      else this.sized(value, 0xcc);
      return;
    }
    if (value >= -32) return this.byte(value + 0x100);
    this.reserve(5);
    this.bytes[this.at] = 0xd2;
    this.view.setInt32(this.at + 1, value);
    this.at += 5;
  }

  private float(value: number): void {
    this.reserve(9);
    this.bytes[this.at] = 0xcb;
    this.view.setFloat64(this.at + 1, value);
    this.at += 9;
  }

  /** Writes the header of a container: one byte for up to `few` children, else `lead` and 16 or 32 bits. */
  private head(count: number, fixed: number, few: number, lead: number): void {
    if (count <= few) return this.byte(fixed | count);
    this.reserve(5);
    this.bytes[this.at] = count <= 0xffff ? lead : lead + 1;
    if (count <= 0xffff) this.view.setUint16(this.at + 1, count);
    else this.view.setUint32(this.at + 1, count);
    this.at += count <= 0xffff ? 3 : 5;
  }

  /** Writes a size or an integer in 8, 16 or 32 bits; `lead` is the type byte for 8 bits. */
  private sized(value: number, lead: number): void {
    this.reserve(5);
    const { bytes, view, at } = this;
    if (value <= 0xff) {
      bytes[at] = lead;
      bytes[at + 1] = value;
      this.at = at + 2;
    } else if (value <= 0xffff) {
      bytes[at] = lead + 1;
      view.setUint16(at + 1, value);
      this.at = at + 3;
    } else {
      bytes[at] = lead + 2;
      view.setUint32(at + 1, value);
      this.at = at + 5;
    }
  }

  private byte(value: number): void {
    this.reserve(1);
    this.bytes[this.at++] = value;
  }

  private copy(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.bytes.set(bytes, this.at);
    this.at += bytes.length;
  }

  /** Ends the current part. */
  private cut(): void {
    if (this.at > this.start) this.parts.push(this.bytes.subarray(this.start, this.at));
  }

  /**
   * Makes room for `count` bytes. Memory of encoded frames is never written again, so when a chunk is full a new one
   * is allocated.
   */
  private reserve(count: number): void {
    if (this.at + count <= this.bytes.length) return;
    const written = this.bytes.subarray(this.start, this.at);
    this.bytes = allocate(Math.max(chunkBytes, 2 * (written.length + count)));
    this.view = new DataView(this.bytes.buffer);
    this.bytes.set(written);
    this.start = 0;
    this.at = written.length;
  }
}
