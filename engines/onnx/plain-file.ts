/** Reads small files from folders that other programs write to: named pipes and files over a limit are refused. */
import { constants } from "node:fs";
import { open } from "node:fs/promises";

/** @throws when the path is not a regular file, or the file is larger than `bytesMax` */
export async function readPlainFile(path: string, bytesMax: number): Promise<string> {
  return textOf(await readPlainBytes(path, bytesMax));
}

/** @throws when the path is not a regular file, or the file is larger than `bytesMax` */
export async function readPlainBytes(path: string, bytesMax: number): Promise<Buffer> {
  // Without O_NONBLOCK, opening a named pipe would wait for a writer forever and block one of Node's few file
  // threads.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const status = await file.stat();
    if (!status.isFile()) throw new Error("no plain file: replace it with one, or remove it");
    if (status.size > bytesMax) throw new Error(`${status.size} bytes, and ${bytesMax} are read at most`);
    return await file.readFile();
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
