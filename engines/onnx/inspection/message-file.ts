/**
 * Reads protobuf fields from a file one by one, in bounded memory, without waiting between them: a decision forest
 * has ten million fields. A file that another reader of protobuf could understand differently is refused. Source:
 * protobuf's "Encoding" page.
 */
import { closeSync, constants, fstatSync, openSync, readSync, statSync } from "node:fs";

export interface MessageField {
  readonly number: number;
  /** The file offsets between which the content of a length-delimited field lies. */
  readonly from: number;
  readonly to: number;
  readonly wireType: number;
  /** The value of a varint field, rounded beyond 2^53; else 0. */
  readonly value: number;
}

const wireTypes = { varint: 0, fixed64: 1, delimited: 2, fixed32: 5 } as const;
const blockBytes = 262_144;
/** The largest number of a field in protobuf. Larger tags are cut to 32 bits by some readers, and not by others. */
const fieldNumberMax = 2 ** 29 - 1;
/** Limit on the fields visited in one file; so many take about ten seconds. */
const fieldsMax = 100_000_000;
/** Limit in bytes on a text that is read whole: names and paths are far shorter. */
const textBytesMax = 65_536;

export class MessageFile {
  private block = Buffer.alloc(0);
  private blockAt = 0;
  private visited = 0;
  /** The offset after the varint that was read last. */
  private after = 0;

  private constructor(
    private readonly descriptor: number,
    readonly size: number,
  ) {}

  /** @throws when the path is not a regular file: opening a named pipe would wait for a writer forever */
  static open(path: string): MessageFile {
    if (!statSync(path).isFile()) throw new Error("it is no plain file: replace it with one, or remove it");
    const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const status = fstatSync(descriptor);
    if (status.isFile()) return new MessageFile(descriptor, status.size);
    closeSync(descriptor);
    throw new Error("it is no plain file: replace it with one, or remove it");
  }

  close(): void {
    closeSync(this.descriptor);
  }

  /**
   * The fields of the message between two file offsets.
   * @throws when the bytes are not a protobuf message
   */
  *fields(from: number, to: number): Generator<MessageField> {
    for (let at = from; at < to; ) {
      if (++this.visited > fieldsMax) throw new Error(`it has more than ${fieldsMax} parts`);
      const tag = this.varint(at, to);
      const number = Math.floor(tag / 8);
      const wireType = tag % 8;
      if (number < 1 || number > fieldNumberMax) throw new Error(`a field numbered ${number} at byte ${at}`);
      const field = this.content(number, wireType, this.after, to);
      if (field.to > to) throw new Error(`it ends inside a field, ${field.to - to} bytes short`);
      yield field;
      at = field.to;
    }
  }

  /** The integers of a field: one, or many packed ones. */
  *integers(field: MessageField): Generator<number> {
    if (field.wireType === wireTypes.varint) yield this.integerAt(field.from, field.to);
    else if (field.wireType === wireTypes.delimited)
      for (let at = field.from; at < field.to; ) {
        if (++this.visited > fieldsMax) throw new Error(`it has more than ${fieldsMax} parts`);
        const value = this.integerAt(at, field.to);
        at = this.after;
        yield value;
      }
  }

  /** The content of a length-delimited field. @throws when it is longer than the limit */
  bytes({ from, to }: MessageField, bytesMax = textBytesMax): Buffer {
    if (to - from > bytesMax)
      throw new Error(`a part of ${to - from} bytes, and ${bytesMax} are read at most`);
    const bytes = Buffer.alloc(to - from);
    let length = 0;
    while (length < bytes.length) {
      const read = readSync(this.descriptor, bytes, length, bytes.length - length, from + length);
      if (read === 0) throw new Error("it became shorter while it was read");
      length += read;
    }
    return bytes;
  }

  /** @throws when the text is not UTF-8, because two readers could understand it differently */
  text(field: MessageField): string {
    try {
      return new TextDecoder("utf-8", { fatal: true }).decode(this.bytes(field));
    } catch (error) {
      if (error instanceof TypeError) throw new Error(`a text that is no UTF-8 at byte ${field.from}`);
      throw error;
    }
  }

  private content(number: number, wireType: number, at: number, end: number): MessageField {
    if (wireType === wireTypes.varint) {
      const value = this.varint(at, end);
      return { number, wireType, from: at, to: this.after, value };
    }
    if (wireType === wireTypes.fixed64) return { number, wireType, from: at, to: at + 8, value: 0 };
    if (wireType === wireTypes.fixed32) return { number, wireType, from: at, to: at + 4, value: 0 };
    if (wireType !== wireTypes.delimited) throw new Error(`wire type ${wireType} at byte ${at}`);
    const length = this.varint(at, end);
    return { number, wireType, from: this.after, to: this.after + length, value: 0 };
  }

  private varint(at: number, end: number): number {
    this.load(at);
    let value = 0;
    for (let i = 0; i < 10 && at + i < end; i++) {
      const byte = this.block[at + i - this.blockAt];
      if (byte === undefined) break;
      value += (byte & 127) * 2 ** (7 * i);
      if (byte < 128) {
        this.after = at + i + 1;
        return value;
      }
    }
    throw new Error(`it ends inside a number, or has one of more than ten bytes, at byte ${at}`);
  }

  /** A signed integer of 64 bits; negative ones take ten bytes. */
  private integerAt(at: number, end: number): number {
    const value = this.varint(at, end);
    if (value <= Number.MAX_SAFE_INTEGER) return value;
    let exact = 0n;
    for (let i = 0; at + i < this.after; i++)
      exact |= BigInt((this.block[at + i - this.blockAt] ?? 0) & 127) << BigInt(7 * i);
    return Number(BigInt.asIntN(64, exact));
  }

  /** Makes at least the ten bytes from an offset available, as far as the file has them. */
  private load(at: number): void {
    const end = Math.min(at + 10, this.size);
    if (at >= this.blockAt && end <= this.blockAt + this.block.length) return;
    const block = Buffer.alloc(Math.max(0, Math.min(blockBytes, this.size - at)));
    this.block = block.subarray(0, readSync(this.descriptor, block, 0, block.length, at));
    this.blockAt = at;
  }
}
