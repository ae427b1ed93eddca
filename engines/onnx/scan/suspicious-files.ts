/**
 * Files beside a model that are code, or that other programs run when they load them. Headgate never opens them; a
 * person, a notebook or another server might.
 */

import { openPlainFile } from "../confinement.js";
import type { VersionFile } from "../inspection/version-inspection.js";

/** Names by their ending, and what such files are. */
const byEnding: readonly (readonly [RegExp, string])[] = [
  [/\.(pkl|pickle|p|joblib|dill|cloudpickle)$/i, "a pickle, which runs code when it is loaded"],
  [
    /\.(pt|pth|bin\.index|ckpt)$/i,
    "a file of torch, which may hold a pickle that runs code when it is loaded",
  ],
  [/\.(so|dll|dylib|pyd|node)(\.\d+)*$/i, "a library of machine code"],
  [/\.(py|pyc|pyw|ipynb|r|jl|lua|js|mjs|cjs|ts)$/i, "a program or a notebook"],
  [/\.(sh|bash|zsh|fish|ps1|bat|cmd|exe|com|msi|jar|class|wasm|deb|rpm|whl|egg)$/i, "a program or a package"],
  [
    /\.(h5|hdf5|keras|pb|ort|engine|plan|trt|mlmodel)$/i,
    "a model in another form, which Headgate does not serve",
  ],
];

/** First bytes, whatever the file is called. */
const byMagic: readonly (readonly [readonly number[], string])[] = [
  [[0x7f, 0x45, 0x4c, 0x46], "a program or a library of Linux (ELF)"],
  [[0x4d, 0x5a, 0x90, 0x00], "a program or a library of Windows"],
  [[0xcf, 0xfa, 0xed, 0xfe], "a program or a library of macOS"],
  [[0x23, 0x21], "a script (#!)"],
  [[0x00, 0x61, 0x73, 0x6d], "a program in WebAssembly"],
];
/** A pickle begins with the number of its protocol, and a frame or another opcode. */
const pickleProtocols: ReadonlySet<number> = new Set([2, 3, 4, 5]);
const pickleOpcodes: ReadonlySet<number> = new Set([0x95, 0x7d, 0x5d, 0x28, 0x63, 0x8c, 0x58, 0x4b]);

const executableBits = 0o111;

/** What is suspicious about a file; empty: nothing. */
export async function suspicionsOf({ name, path, status }: VersionFile): Promise<string[]> {
  const found: string[] = [];
  const ending = byEnding.find(([pattern]) => pattern.test(name));
  if (ending !== undefined) found.push(`${name} is ${ending[1]}`);
  const start = await firstBytes(path).catch(() => Buffer.alloc(0));
  const magic = byMagic.find(([bytes]) => bytes.every((byte, at) => start[at] === byte));
  if (magic !== undefined) found.push(`${name} begins as ${magic[1]}`);
  else if (isPickle(start) && !name.endsWith(".onnx")) found.push(`${name} begins as a pickle`);
  if ((status.mode & executableBits) !== 0) found.push(`${name} may be executed: chmod a-x`);
  if (status.nlink > 1)
    found.push(
      `${name} has ${status.nlink} names (hard links): who may write to another one changes this file`,
    );
  return found;
}

function isPickle(start: Buffer): boolean {
  const [mark, protocol, opcode] = start;
  return mark === 0x80 && pickleProtocols.has(protocol ?? 0) && pickleOpcodes.has(opcode ?? 0);
}

async function firstBytes(path: string): Promise<Buffer> {
  const file = await openPlainFile(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(16), 0, 16, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
