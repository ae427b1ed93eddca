/** Writes zip archives, honest ones and others. Source: PKWARE's APPNOTE. */
import { crc32, deflateRawSync } from "node:zlib";

export interface ZipOptions {
  /** The names of the files that are not deflated. */
  readonly stored?: readonly string[];
  /** The length that each file claims to have in place of its own. */
  readonly claimed?: number;
  /** The method by which the others claim to be packed. */
  readonly method?: number;
}

/** A zip as wheels are: a stored file, deflated ones, a comment behind. */
export function zip(
  files: readonly (readonly [name: string, data: Buffer])[],
  { stored = [], claimed, method = 8 }: ZipOptions = {},
): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const [name, data] of files) {
    const packed = stored.includes(name) ? data : deflateRawSync(data);
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    fields.writeUInt16LE(stored.includes(name) ? 0 : method, 4);
    fields.writeUInt32LE(crc32(data), 10);
    fields.writeUInt32LE(packed.length, 14);
    fields.writeUInt32LE(claimed ?? data.length, 18);
    fields.writeUInt16LE(name.length, 22);
    const extra = Buffer.from("only in the entry's own header");
    const own = Buffer.from(fields);
    own.writeUInt16LE(extra.length, 24);
    const entry = [Buffer.from("PK\x03\x04"), own, Buffer.from(name), extra, packed];
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(at, 10);
    directory.push(Buffer.from("PK\x01\x02\x14\x00", "latin1"), fields, rest, Buffer.from(name));
    parts.push(...entry);
    at += entry.reduce((sum, each) => sum + each.length, 0);
  }
  const listed = Buffer.concat(directory);
  const end = Buffer.alloc(18);
  end.writeUInt32LE(listed.length, 8);
  end.writeUInt32LE(at, 12);
  end.writeUInt16LE(7, 16);
  return Buffer.concat([...parts, listed, Buffer.from("PK\x05\x06"), end, Buffer.from("comment")]);
}
