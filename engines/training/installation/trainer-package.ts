/** The Python package of the trainers. It comes with this npm package: its source, and the lock files of what it imports. */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type TrainerExtra, trainerExtras } from "../environment.js";

export interface TrainerPackage {
  /** The folder for `PYTHONPATH`. */
  readonly source: string;
  /** The folder with a lock file for each set of libraries. */
  readonly locks: string;
}

/** What a set of lock files pins. */
export interface TrainerLock {
  readonly files: readonly string[];
  /** Of the lock files' bytes, in hex: it changes when a pinned version does. */
  readonly sha256: string;
}

/** The package beside the nearest package.json above this file, whether this file is built or not. */
export function trainerPackage(): TrainerPackage {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    const found = join(folder, "training", "trainer");
    if (existsSync(join(folder, "package.json")))
      return { source: join(found, "src"), locks: join(found, "requirements") };
    if (dirname(folder) === folder) throw new Error("package.json is not there: install headgate again");
  }
}

/** `rl` needs torch, and brings it. */
export function withRequired(extras: readonly TrainerExtra[]): readonly TrainerExtra[] {
  const wanted = new Set(extras);
  if (wanted.has("rl")) wanted.add("torch");
  return trainerExtras.filter((extra) => wanted.has(extra));
}

/** @throws Error where the package was installed without its lock files */
export function trainerLock(extras: readonly TrainerExtra[], { locks } = trainerPackage()): TrainerLock {
  const files = ["base", ...withRequired(extras)].map((name) => join(locks, `${name}.txt`));
  const texts = files.map((file) => readFileSync(file, "utf8"));
  const sha256 = createHash("sha256").update(texts.join("\0")).digest("hex");
  return { files, sha256 };
}
