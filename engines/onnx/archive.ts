/**
 * Reads a small zip archive, such as numpy.savez writes, whole into memory. Source: PKWARE's APPNOTE, sections 4.3.7
 * to 4.3.16.
 */
import { inflateRawSync } from "node:zlib";
import { readPlainBytes } from "./plain-file.js";

const endMagic = 0x06054b50;
const entryMagic = 0x02014b50;
const methods = { stored: 0, deflated: 8 } as const;
/** Limit on the files of an archive: a file of each input is needed. */
const entriesMax = 4_096;
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
  let entries = 0;
  let left = bytesMax;
  for (let at = archive.readUInt32LE(end + 16); at + 46 <= end && archive.readUInt32LE(at) === entryMagic; ) {
    if (++entries > entriesMax) throw new Error(`it holds more than ${entriesMax} files`);
    const nameLength = archive.readUInt16LE(at + 28);
    const name = archive.toString("utf8", at + 46, at + 46 + nameLength);
    if (files.has(name)) throw new Error(`it holds two files of one name, ${JSON.stringify(name)}`);
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
  const method = archive.readUInt16LE(at + 10);
  if (method !== methods.stored && method !== methods.deflated)
    throw new Error(`it is packed by the method ${method}: pack it again by deflate, or not at all`);
  const file = method === methods.deflated ? inflated(packed, bytes) : packed;
  if (file.length !== bytes) throw new Error(`a file of it has ${file.length} bytes, and it says ${bytes}`);
  return file;
}

/** What says how long it is and inflates to more is not inflated further. */
function inflated(packed: Uint8Array, bytes: number): Uint8Array {
  try {
    return inflateRawSync(packed, { maxOutputLength: Math.max(1, bytes) });
  } catch {
    throw new Error(`a file of it is damaged, or has more than the ${bytes} bytes that it says`);
  }
}
