/** The built files of the page, read once into memory with what each answer needs: type, ETag, and a gzip form. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

export interface PageFile {
  readonly name: string;
  readonly type: string;
  readonly etag: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The same compressed with gzip. */
  readonly gzip: Uint8Array<ArrayBuffer>;
}

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
};

/** The document that is answered at `/`. */
export const indexName = "index.html";

/** What the page may take of memory. The build makes about six files of 250 kB together. */
const filesMax = 64;
const bytesMax = 4 * 1024 * 1024;

/**
 * @param folder where the build puts the page
 * @returns undefined where the page was not built
 * @throws Error when the folder holds more than a page may take of memory
 */
export function readPageFiles(folder: URL): readonly PageFile[] | undefined {
  const names = namesIn(fileURLToPath(folder));
  if (!names.includes(indexName)) return undefined;
  if (names.length > filesMax) throw new Error(`the page has ${names.length} files, more than ${filesMax}`);
  const files = names.map((name) => pageFile(name, readFileSync(join(fileURLToPath(folder), name))));
  const total = files.reduce((sum, { bytes, gzip }) => sum + bytes.length + gzip.length, 0);
  if (total > bytesMax) throw new Error(`the page takes ${total} bytes of memory, more than ${bytesMax}`);
  return files;
}

export function pageFile(name: string, content: Uint8Array): PageFile {
  const type = types[extname(name)];
  if (type === undefined) throw new Error(`the page has no type for ${name}`);
  const etag = `"${createHash("sha256").update(content).digest("base64url").slice(0, 22)}"`;
  return { name, type, etag, bytes: new Uint8Array(content), gzip: new Uint8Array(gzipSync(content)) };
}

/** Only what a browser loads: source maps, for example, are left where they are. */
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => extname(name) in types);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}
