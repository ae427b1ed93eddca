/** The room on disk that an installation needs, as measured with the pinned versions on Linux. */
import { statfs } from "node:fs/promises";
import { dirname } from "node:path";
import type { TrainerExtra } from "../environment.js";
import { withRequired } from "./trainer-package.js";

/**
 * Bytes on disk once installed, and bytes of the wheels. While it installs, pip has each wheel in its cache and in a
 * folder for temporary files, so the wheels are counted twice.
 */
const sizes: Readonly<
  Record<"base" | TrainerExtra, { readonly installed: number; readonly wheels: number }>
> = {
  base: { installed: 410e6, wheels: 93e6 },
  boosting: { installed: 30e6, wheels: 10e6 },
  // The wheel for Linux requires the CUDA libraries, and does not import without them.
  torch: { installed: 5_300e6, wheels: 2_700e6 },
  rl: { installed: 10e6, wheels: 3e6 },
};

export function installedBytes(extras: readonly TrainerExtra[]): number {
  return sum(extras, ({ installed }) => installed);
}

export function neededBytes(extras: readonly TrainerExtra[]): number {
  return sum(extras, ({ installed, wheels }) => installed + 2 * wheels);
}

function sum(extras: readonly TrainerExtra[], size: (of: (typeof sizes)["base"]) => number): number {
  return (["base", ...withRequired(extras)] as const).reduce((total, name) => total + size(sizes[name]), 0);
}

/** Bytes free in the file system of the folder, or of the nearest folder above it that exists. */
export async function freeBytes(folder: string): Promise<number> {
  const found = await statfs(folder).catch(() => undefined);
  if (found !== undefined) return found.bavail * found.bsize;
  if (dirname(folder) === folder) throw new Error(`${folder}: its file system does not tell its free room`);
  return freeBytes(dirname(folder));
}

/** @throws Error with the bytes that are needed and those that are free */
export function requireRoom(folder: string, needed: number, free: number): void {
  if (free >= needed) return;
  throw new Error(
    `${folder} has ${megabytes(free)} free, and ${megabytes(needed)} (${needed} bytes) are needed while it installs: ` +
      "make room, or name a folder on another disk with --into",
  );
}

export function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 1e6)} MB`;
}
