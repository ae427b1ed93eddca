/**
 * Reads a small zip archive, such as numpy.savez writes, whole into memory. Source: PKWARE's APPNOTE, sections 4.3.7
 * to 4.3.16.
 */
import { inflateRawSync } from "node:zlib";
import { readPlainBytes } from "./plain-file.js";

const endMagic = 0x06054b50;
const entryMagic = 0x02014b50;
/** The directory holds this number in place of a size that needs more than 32 bits (zip64). */
const farAway = 0xffff_ffff;

/**
 * The archive's files by their names.
 * @throws when the file is no zip archive, or its files hold more than `bytesMax` bytes
 */
export async function readArchive(path: string, bytesMax: number): Promise<Map<string, Uint8Array>> {
  const archive = await readPlainBytes(path, bytesMax);
  const end = archive.lastIndexOf(Buffer.from(Uint32Array.of(endMagic).buffer));
  if (end < 0 || end + 22 > archive.length) throw new Error("it is no zip archive, or a part of one");
  const files = new Map<string, Uint8Array>();
  let left = bytesMax;
  for (let at = archive.readUInt32LE(end + 16); at + 46 <= end && archive.readUInt32LE(at) === entryMagic; ) {
    const nameLength = archive.readUInt16LE(at + 28);
    const name = archive.toString("utf8", at + 46, at + 46 + nameLength);
    const bytes = entryAt(archive, at, left);
    left -= bytes.length;
    files.set(name, bytes);
    at += 46 + nameLength + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32);
  }
  return files;
}

/** @param at the offset of the entry in the archive's directory */
function entryAt(archive: Buffer, at: number, bytesMax: number): Uint8Array {
  const [packedBytes, bytes, header] = [20, 24, 42].map((offset) => archive.readUInt32LE(at + offset)) as [
    number,
    number,
    number,
  ];
  if (packedBytes === farAway || bytes > bytesMax) throw new Error(`it holds more than ${bytesMax} bytes`);
  if (header + 30 > archive.length) throw new Error("it is a part of a zip archive");
  const start = header + 30 + archive.readUInt16LE(header + 26) + archive.readUInt16LE(header + 28);
  const packed = archive.subarray(start, start + packedBytes);
  const isDeflated = archive.readUInt16LE(at + 10) === 8;
  return isDeflated ? inflateRawSync(packed, { maxOutputLength: Math.max(1, bytesMax) }) : packed;
}
