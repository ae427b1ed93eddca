/** Reads small files that anybody may have put there: a pipe is not waited for, and a huge one is not read. */
import { constants } from "node:fs";
import { open } from "node:fs/promises";

/** @throws when it is no plain file, or larger than `bytesMax` */
export async function readPlainFile(path: string, bytesMax: number): Promise<string> {
  return textOf(await readPlainBytes(path, bytesMax));
}

/** @throws when it is no plain file, or larger than `bytesMax` */
export async function readPlainBytes(path: string, bytesMax: number): Promise<Buffer> {
  // Without O_NONBLOCK the open of a pipe waits for a writer, in one of the few threads that read files, for ever.
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

/** Editors of Windows begin UTF-8 with a byte order mark, which is no part of the text. @throws when it is UTF-16 */
function textOf(bytes: Buffer): string {
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff))
    throw new Error("it is UTF-16: save it as UTF-8");
  const text = bytes.toString("utf8");
  return text.startsWith("\ufeff") ? text.slice(1) : text;
}
