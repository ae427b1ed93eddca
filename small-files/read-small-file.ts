/**
 * Reads the small files that a person or a tool hands to the gateway: keys, key sets, certificates. Such a path may
 * name anything for a moment, so nothing is read but a plain file of limited length, and no read is waited for longer
 * than a few seconds.
 */
import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { open } from "node:fs/promises";
import { inTime } from "./in-time.js";
import { SmallFileError } from "./small-file-error.js";

/** Without O_NONBLOCK, opening a pipe that nobody writes to would occupy a thread for ever. */
const flags = constants.O_RDONLY | constants.O_NONBLOCK;

/**
 * The whole content of a plain file. It is read through one descriptor and never beyond the limit, whatever becomes of
 * the file meanwhile.
 * @param signal ends the wait with its reason, also where the file system does not answer
 * @throws SmallFileError
 */
export function readSmallFile(path: string, bytesMax: number, signal?: AbortSignal): Promise<Buffer> {
  return inTime(path, () => contentOf(path, bytesMax), signal);
}

/** The same for files that are read once, before the gateway serves anybody. @throws SmallFileError */
export function readSmallFileSync(path: string, bytesMax: number): Buffer {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(path, flags);
    const size = readableSize(fstatSync(descriptor), bytesMax);
    const bytes = Buffer.alloc(size + 1);
    for (let length = 0; ; ) {
      const count = readSync(descriptor, bytes, length, bytes.length - length, length);
      if (count === 0) return bytes.subarray(0, length);
      length += count;
      if (length > size) throw growing();
    }
  } catch (error) {
    throw explained(error);
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

async function contentOf(path: string, bytesMax: number): Promise<Buffer> {
  try {
    const file = await open(path, flags);
    try {
      const size = readableSize(await file.stat(), bytesMax);
      const bytes = Buffer.alloc(size + 1);
      for (let length = 0; ; ) {
        const { bytesRead } = await file.read(bytes, length, bytes.length - length, length);
        if (bytesRead === 0) return bytes.subarray(0, length);
        length += bytesRead;
        if (length > size) throw growing();
      }
    } finally {
      await file.close();
    }
  } catch (error) {
    throw explained(error);
  }
}

/** @throws SmallFileError before memory is taken for what is no plain file, or a too large one */
function readableSize(found: { isFile(): boolean; readonly size: number }, bytesMax: number): number {
  if (!found.isFile()) throw new SmallFileError("not_plain", "is no plain file");
  if (found.size > bytesMax)
    throw new SmallFileError(
      "too_large",
      `has ${found.size} bytes, and more than ${bytesMax} bytes are not read`,
    );
  return found.size;
}

function growing(): SmallFileError {
  return new SmallFileError("growing", "grew while it was read: it is being written");
}

function explained(error: unknown): SmallFileError {
  if (error instanceof SmallFileError) return error;
  const code = (error as NodeJS.ErrnoException).code ?? String(error);
  const message = meanings.get(code) ?? `cannot be read: ${code}`;
  return new SmallFileError(code === "ENOENT" ? "missing" : "unreadable", message, { cause: error });
}

const meanings: ReadonlyMap<string, string> = new Map([
  ["ENOENT", "does not exist"],
  ["EACCES", "may not be read by the user that the gateway runs as"],
  ["EPERM", "may not be read by the user that the gateway runs as"],
  ["EISDIR", "is a folder, and must be a file"],
  ["ELOOP", "is a symbolic link that leads in a circle"],
]);
