/** Writes a tree as MessagePack, in any of the formats that a value may have: the shortest one or a longer one. */
import type { Random } from "./random.js";
import { Entries, RawValue, type WireValue } from "./wire-value.js";

export class MsgpackText {
  private bytes = Buffer.allocUnsafe(4_096);
  private length = 0;

  /** @param wide the share of values written in a longer format than they need */
  constructor(
    private readonly random: Random,
    private readonly wide: number,
  ) {}

  static of(value: WireValue, random: Random, wide = 0): Buffer {
    const text = new MsgpackText(random, wide);
    text.write(value);
    return Buffer.from(text.bytes.subarray(0, text.length));
  }

  private write(value: WireValue): void {
    if (value === null) return this.byte(0xc0);
    if (typeof value === "boolean") return this.byte(value ? 0xc3 : 0xc2);
    if (typeof value === "number") return this.number(value);
    if (typeof value === "bigint") return this.big(value);
    if (typeof value === "string") return this.text(value);
    if (value instanceof RawValue) return this.append(value.msgpack);
    if (value instanceof Uint8Array) return this.bin(value);
    if (value instanceof Entries) {
      this.head(value.list.length, 0x80, 15, undefined, 0xde, 0xdf);
      for (const [key, each] of value.list) {
        this.write(key);
        this.write(each);
      }
      return;
    }
    this.head(value.length, 0x90, 15, undefined, 0xdc, 0xdd);
    for (const each of value) this.write(each);
  }

  private number(value: number): void {
    const isWhole = Number.isInteger(value) && !Object.is(value, -0);
    if (!isWhole || value < -0x8000_0000 || value > 0xffff_ffff || this.isWide()) {
      if (isWhole && Number.isSafeInteger(value) && this.random.chance(0.5)) return this.big(BigInt(value));
      this.byte(0xcb);
      this.reserve(8);
      this.length = this.bytes.writeDoubleBE(value, this.length);
      return;
    }
    if (value >= 0 && value < 128) return this.byte(value);
    if (value < 0 && value >= -32) return this.byte(0x100 + value);
    this.byte(value < 0 ? 0xd2 : 0xce);
    this.reserve(4);
    this.length =
      value < 0 ? this.bytes.writeInt32BE(value, this.length) : this.bytes.writeUInt32BE(value, this.length);
  }

  private big(value: bigint): void {
    this.byte(value < 0n ? 0xd3 : 0xcf);
    this.reserve(8);
    this.length = this.bytes.writeBigUInt64BE(BigInt.asUintN(64, value), this.length);
  }

  private text(value: string): void {
    const size = Buffer.byteLength(value);
    this.head(size, 0xa0, 31, 0xd9, 0xda, 0xdb);
    this.reserve(size);
    this.length += this.bytes.write(value, this.length);
  }

  private bin(value: Uint8Array): void {
    this.head(value.byteLength, undefined, -1, 0xc4, 0xc5, 0xc6);
    this.append(value);
  }

  /** A length in the shortest format that holds it, or in the longest. */
  private head(
    size: number,
    fix: number | undefined,
    fixMax: number,
    one: number | undefined,
    two: number,
    four: number,
  ): void {
    this.reserve(5);
    const wide = this.isWide();
    if (fix !== undefined && size <= fixMax && !wide) return this.byte(fix | size);
    if (one !== undefined && size < 256 && !wide) {
      this.byte(one);
      return this.byte(size);
    }
    const isShort = size < 65_536 && !(wide && this.random.chance(0.5));
    this.byte(isShort ? two : four);
    this.length = isShort
      ? this.bytes.writeUInt16BE(size, this.length)
      : this.bytes.writeUInt32BE(size, this.length);
  }

  private isWide(): boolean {
    return this.wide > 0 && this.random.chance(this.wide);
  }

  private byte(value: number): void {
    this.reserve(1);
    this.bytes[this.length++] = value;
  }

  private append(bytes: Uint8Array): void {
    this.reserve(bytes.byteLength);
    this.bytes.set(bytes, this.length);
    this.length += bytes.byteLength;
  }

  private reserve(count: number): void {
    if (this.length + count <= this.bytes.length) return;
    const larger = Buffer.allocUnsafe((this.length + count) * 2);
    this.bytes.copy(larger, 0, 0, this.length);
    this.bytes = larger;
  }
}
