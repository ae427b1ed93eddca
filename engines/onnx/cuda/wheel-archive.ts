/**
 * Extracts single files of a wheel, which is a zip archive, without holding them in memory: a provider library has
 * 272 MB. Supports only what wheels use: stored or deflated entries below 4 GiB. Source: PKWARE's APPNOTE, sections
 * 4.3.7 to 4.3.16.
 */
import { createReadStream, createWriteStream } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { PassThrough, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createInflateRaw } from "node:zlib";

interface ZipEntry {
  readonly name: string;
  readonly deflated: boolean;
  readonly packedBytes: number;
  readonly bytes: number;
  readonly headerAt: number;
}

const endMagic = 0x06054b50;
const entryMagic = 0x02014b50;
/** The end record has 22 bytes, and a comment of up to 64 KiB may follow it. */
const endBytesMax = 22 + 65_535;
/** The directory of ONNX Runtime's wheel has 60 KB; a far larger one is refused. */
const directoryBytesMax = 16 * 1024 * 1024;

/**
 * Writes one file of the archive to a path.
 * @throws Error when the archive has no such file, or the file's length differs from the directory's
 */
export async function extractFile(archive: string, name: string, to: string): Promise<void> {
  const file = await open(archive, "r");
  try {
    const entry = (await entriesOf(file, archive)).find((each) => each.name === name);
    if (entry === undefined) throw new Error(`${archive} has no ${name}`);
    const start = await dataAt(file, entry);
    const packed = createReadStream(archive, { start, end: start + entry.packedBytes - 1 });
    const target = createWriteStream(to);
    const unpacked = entry.deflated ? createInflateRaw() : new PassThrough();
    await pipeline(packed, unpacked, bounded(name, entry.bytes), target);
    if (target.bytesWritten !== entry.bytes)
      throw new Error(`${name} has ${target.bytesWritten} bytes, the archive says ${entry.bytes}`);
  } finally {
    await file.close();
  }
}

/** Ends with an error once more bytes come than the directory says, before they fill the disk. */
function bounded(name: string, bytes: number): Transform {
  let left = bytes;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      left -= chunk.length;
      if (left < 0) done(new Error(`${name} has more than ${bytes} bytes, as many as the archive says`));
      else done(null, chunk);
    },
  });
}

async function entriesOf(file: FileHandle, archive: string): Promise<ZipEntry[]> {
  const { size } = await file.stat();
  const tail = await bytesAt(file, Math.max(0, size - endBytesMax), Math.min(size, endBytesMax));
  const end = tail.lastIndexOf(Buffer.from(Uint32Array.of(endMagic).buffer));
  if (end < 0 || end + 22 > tail.length) throw new Error(`${archive} is no zip archive, or a part of one`);
  const length = tail.readUInt32LE(end + 12);
  if (length > directoryBytesMax) throw new Error(`${archive}: its directory says ${length} bytes`);
  const directory = await bytesAt(file, tail.readUInt32LE(end + 16), length);
  const entries: ZipEntry[] = [];
  for (let at = 0; at + 46 <= directory.length && directory.readUInt32LE(at) === entryMagic; ) {
    const nameLength = directory.readUInt16LE(at + 28);
    entries.push({
      name: directory.toString("utf8", at + 46, at + 46 + nameLength),
      deflated: directory.readUInt16LE(at + 10) === 8,
      packedBytes: directory.readUInt32LE(at + 20),
      bytes: directory.readUInt32LE(at + 24),
      headerAt: directory.readUInt32LE(at + 42),
    });
    at += 46 + nameLength + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32);
  }
  return entries;
}

/**
 * The offset of an entry's data: it follows the entry's own header, whose lengths may differ from those in the
 * directory.
 */
async function dataAt(file: FileHandle, { headerAt }: ZipEntry): Promise<number> {
  const header = await bytesAt(file, headerAt, 30);
  return headerAt + 30 + header.readUInt16LE(26) + header.readUInt16LE(28);
}

async function bytesAt(file: FileHandle, at: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, at);
  return buffer.subarray(0, bytesRead);
}
