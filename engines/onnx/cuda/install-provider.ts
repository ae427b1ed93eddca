/** Puts ONNX Runtime's CUDA provider beside onnxruntime-node, out of a wheel whose hash is known. */
import { createHash } from "node:crypto";
import { createReadStream, readFileSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rename, rm, stat } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { downloadWheel } from "./download-wheel.js";
import type { ProviderWheel } from "./provider-wheel.js";
import { extractFile } from "./wheel-archive.js";

export interface InstallOptions {
  /** A wheel that is here already; absent: it is fetched. */
  readonly wheel?: string;
  /** As pip's --index-url. */
  readonly index: string;
  /** Where the libraries go; absent: beside onnxruntime-node's own. */
  readonly to?: string;
}

/** Where onnxruntime-node's own library is, and its version. @throws Error where it has none for this machine */
export async function runtimeHere(): Promise<{ readonly folder: string; readonly version: string }> {
  if (process.platform !== "linux" || process.arch !== "x64")
    throw new Error(`the CUDA provider is for Linux on x64; this is ${process.platform} on ${process.arch}`);
  const root = join(dirname(createRequire(import.meta.url).resolve("onnxruntime-node")), "..");
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
  const bin = join(root, "bin");
  for (const abi of await readdir(bin).catch((): string[] => [])) {
    const folder = join(bin, abi, "linux/x64");
    if (await stat(folder).catch(() => undefined)) return { folder, version };
  }
  throw new Error(`${bin} has no library for Linux on x64: npm ci again?`);
}

/**
 * @returns the paths of the libraries, which are whole or not there
 * @throws Error when the versions do not go together, or the wheel is not the pinned one
 */
export async function installProvider(
  pinned: ProviderWheel,
  { wheel, index, to }: InstallOptions,
  say: (line: string) => void,
): Promise<readonly string[]> {
  const { folder, version } = await runtimeHere();
  if (version !== pinned.version)
    throw new Error(
      `onnxruntime-node is ${version} and the pinned provider is of ${pinned.version}: npm ci again?`,
    );
  const target = to ?? folder;
  await mkdir(target, { recursive: true });
  // Beside its place, so that moving it there is one step.
  const work = await mkdtemp(join(target, ".installing-"));
  try {
    const path = wheel ?? join(work, pinned.file);
    if (wheel === undefined) await downloadWheel(pinned, index, path, say);
    await requireHash(path, pinned);
    const made = pinned.libraries.map((library) => ({ library, name: basename(library) }));
    for (const { library, name } of made) await extractFile(path, library, join(work, name));
    // In this order: the provider is looked for by the last one's name.
    for (const { name } of made) await rename(join(work, name), join(target, name));
    return made.map(({ name }) => join(target, name));
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function requireHash(path: string, { file, bytes, sha256 }: ProviderWheel): Promise<void> {
  const { size } = await stat(path);
  if (size !== bytes) throw new Error(`${path} has ${size} bytes; ${file} has ${bytes}`);
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  const found = hash.digest("hex");
  if (found !== sha256)
    throw new Error(`${path} has the hash ${found}; ${file} has ${sha256}. It is not taken`);
}
