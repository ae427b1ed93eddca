import { readFileSync, renameSync, writeFileSync } from "node:fs";

/**
 * Writes a file of the build. A file that has this content already is left alone, and another is replaced as a whole: a
 * gateway or a test that runs from `dist` during a build never reads half a file.
 */
export function replaceFile(path: string, contents: Uint8Array | string): void {
  const wanted = Buffer.from(contents);
  if (contentsOf(path)?.equals(wanted)) return;
  const written = `${path}.${process.pid}`;
  writeFileSync(written, wanted);
  renameSync(written, path);
}

function contentsOf(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}
