/**
 * A stamp of a file's metadata: when the stamp changes, the file was replaced or written, which is found without
 * reading the file.
 */
import { stat } from "node:fs/promises";
import { join } from "node:path";

export interface FileStamp {
  readonly stamp: string;
  readonly bytes: number;
}

/** A missing file has a stamp as well, which no existing file has. */
export async function stampOf(folder: string, name: string): Promise<FileStamp> {
  try {
    const { size, mtimeMs, ino, dev } = await stat(join(folder, name));
    return { stamp: `${name}=${dev}.${ino}.${size}.${mtimeMs}`, bytes: size };
  } catch {
    return { stamp: `${name}=absent`, bytes: 0 };
  }
}
