/** Reads small files from folders that other programs write to: named pipes and files over a limit are refused. */
import { type ConfinedFolders, openPlainFile } from "./confinement.js";

/**
 * @param folders where given, the file must lie in one of them once all links are followed
 * @throws when the path is not a regular file, or the file is larger than `bytesMax`
 */
export async function readPlainFile(
  path: string,
  bytesMax: number,
  folders?: ConfinedFolders,
): Promise<string> {
  return textOf(await readPlainBytes(path, bytesMax, folders));
}

/**
 * @param folders where given, the file must lie in one of them once all links are followed
 * @throws when the path is not a regular file, or the file is larger than `bytesMax`
 */
export async function readPlainBytes(
  path: string,
  bytesMax: number,
  folders?: ConfinedFolders,
): Promise<Buffer> {
  const file = await openPlainFile(path, folders);
  try {
    const { size } = await file.stat();
    if (size > bytesMax) throw new Error(`${size} bytes, and ${bytesMax} are read at most`);
    // A file that grows while it is read is read as far as its size at first.
    const bytes = Buffer.alloc(size);
    let length = 0;
    while (length < size) {
      const { bytesRead } = await file.read(bytes, length, size - length, length);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    return bytes.subarray(0, length);
  } finally {
    await file.close();
  }
}

/**
 * Windows editors begin UTF-8 files with a byte order mark, which is not part of the text and is removed.
 * @throws when the text is UTF-16
 */
function textOf(bytes: Buffer): string {
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff))
    throw new Error("it is UTF-16: save it as UTF-8");
  const text = bytes.toString("utf8");
  return text.startsWith("\ufeff") ? text.slice(1) : text;
}
