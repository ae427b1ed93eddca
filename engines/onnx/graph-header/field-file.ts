/**
 * Reads protobuf fields from a file without holding the file in memory: fields that are not needed are skipped, so
 * the inputs of a model with gigabytes of weights are read with a few small reads. Source: protobuf's "Encoding"
 * page.
 */
import type { FileHandle } from "node:fs/promises";
import { openPlainFile } from "../confinement.js";

export interface FileField {
  readonly number: number;
  /** The file offset at which the content of a length-delimited field begins; `to` is the offset at which it ends. */
  readonly from: number;
  readonly to: number;
  /** The value of a varint field that fits a number; NaN for every other field. */
  readonly value: number;
}

const wireTypes = { varint: 0, fixed64: 1, delimited: 2, fixed32: 5 } as const;
/** Bytes read at once. A field's tag and length have at most 20 bytes. */
const blockBytes = 65_536;
/**
 * Limit in bytes on a field that is read whole. Such a field, for example the description of one input, is far
 * smaller.
 */
const takenBytesMax = 65_536;
/** The largest number of a field in protobuf. Larger tags are cut to 32 bits by some readers, and not by others. */
const fieldNumberMax = 2 ** 29 - 1;
/** Limit on the fields visited in one file: a graph of a million nodes has as many, and takes a second. */
const fieldsMax = 2_000_000;

export class FieldFile {
  private block = Buffer.alloc(0);
  private blockAt = 0;
  private fields = 0;

  private constructor(
    private readonly file: FileHandle,
    readonly size: number,
  ) {}

  /** @throws when the path is not a regular file: opening a named pipe would wait for a writer forever */
  static async open(path: string): Promise<FieldFile> {
    const file = await openPlainFile(path);
    return new FieldFile(file, (await file.stat()).size);
  }

  close(): Promise<void> {
    return this.file.close();
  }

  /**
   * The fields of the message between two file offsets.
   * @throws when the bytes are not a protobuf message
   */
  async *between(from: number, to: number): AsyncGenerator<FileField> {
    for (let at = from; at < to; ) {
      if (++this.fields > fieldsMax) throw new Error(`it has more than ${fieldsMax} parts`);
      const tag = await this.varint(at, to);
      const number = Math.floor(tag.value / 8);
      if (number < 1 || number > fieldNumberMax) throw new Error(`a field numbered ${number} at byte ${at}`);
      const field = await this.contentOf(tag.value % 8, tag.end, to);
      if (field.to > to) throw new Error(`it ends inside a field, ${field.to - to} bytes short`);
      yield { number, ...field };
      at = field.to;
    }
  }

  /** @throws when the content is longer than the limit on fields that are read whole */
  async bytes(
    { from, to }: { readonly from: number; readonly to: number },
    bytesMax = takenBytesMax,
  ): Promise<Uint8Array> {
    if (to - from > bytesMax)
      throw new Error(`a part of ${to - from} bytes, and ${bytesMax} are read at most`);
    return this.slice(from, to - from);
  }

  private async contentOf(wireType: number, at: number, end: number): Promise<Omit<FileField, "number">> {
    if (wireType === wireTypes.varint) {
      const { value, end: to } = await this.varint(at, end);
      return { from: at, to, value };
    }
    if (wireType === wireTypes.fixed64) return { from: at, to: at + 8, value: Number.NaN };
    if (wireType === wireTypes.fixed32) return { from: at, to: at + 4, value: Number.NaN };
    if (wireType !== wireTypes.delimited) throw new Error(`wire type ${wireType} at byte ${at}`);
    const { value: length, end: from } = await this.varint(at, end);
    return { from, to: from + length, value: Number.NaN };
  }

  private async varint(at: number, end: number): Promise<{ value: number; end: number }> {
    const bytes = await this.slice(at, Math.min(10, end - at));
    let value = 0;
    for (let i = 0; i < bytes.length; i++) {
      const byte = bytes[i] ?? 0;
      value += (byte & 127) * 2 ** (7 * i);
      if (byte < 128) return { value, end: at + i + 1 };
    }
    throw new Error(
      bytes.length < 10 ? "it ends inside a number" : `a number of more than ten bytes at byte ${at}`,
    );
  }

  private async slice(at: number, length: number): Promise<Uint8Array> {
    const inBlock = at >= this.blockAt && at + length <= this.blockAt + this.block.length;
    if (!inBlock) {
      const wanted = Math.max(0, Math.min(Math.max(length, blockBytes), this.size - at));
      const { buffer, bytesRead } = await this.file.read(Buffer.alloc(wanted), 0, wanted, at);
      this.block = buffer.subarray(0, bytesRead);
      this.blockAt = at;
    }
    return this.block.subarray(at - this.blockAt, at - this.blockAt + length);
  }
}
