/** What tells that a file is another than it was, without reading it. */
import { stat } from "node:fs/promises";
import { join } from "node:path";

export interface FileStamp {
  readonly stamp: string;
  readonly bytes: number;
}

/** A file that is not there has a stamp of its own. */
export async function stampOf(folder: string, name: string): Promise<FileStamp> {
  try {
    const { size, mtimeMs, ino, dev } = await stat(join(folder, name));
    return { stamp: `${name}=${dev}.${ino}.${size}.${mtimeMs}`, bytes: size };
  } catch {
    return { stamp: `${name}=absent`, bytes: 0 };
  }
}
