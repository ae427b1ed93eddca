/** What is installed in a folder, and what to type where that is not what this version of Headgate needs. */
import { type EnvironmentManifest, readManifest, type TrainerExtra } from "../environment.js";
import { availableTrainers } from "./available-trainers.js";
import { folderBytes } from "./folder-bytes.js";
import { trainerLock } from "./trainer-package.js";

export interface EnvironmentStatus {
  readonly folder: string;
  /** `outdated`: installed from the lock files of another version; `broken`: there, and it cannot be used. */
  readonly state: "installed" | "outdated" | "broken" | "missing";
  /** Why it is broken; null where it is not. */
  readonly reason: string | null;
  /** The command that installs what this version needs; null where that is installed. */
  readonly command: string | null;
  readonly python: string | null;
  /** The version of Headgate that installed it. */
  readonly version: string | null;
  readonly extras: readonly TrainerExtra[];
  readonly trainers: readonly string[];
  /** Versions by the names of the distributions. */
  readonly libraries: Readonly<Record<string, string>>;
  /** Of all files in the folder. */
  readonly bytes: number;
}

/** @param into the folder as it was typed; undefined: it is the one that is used without `--into` */
export async function environmentStatus(
  folder: string,
  into: string | undefined,
): Promise<EnvironmentStatus> {
  const missing: EnvironmentStatus = {
    folder,
    state: "missing",
    reason: null,
    command: commandFor([], into),
    python: null,
    version: null,
    extras: [],
    trainers: [],
    libraries: {},
    bytes: await folderBytes(folder),
  };
  let manifest: EnvironmentManifest | undefined;
  try {
    manifest = readManifest(folder);
    if (manifest === undefined) return missing;
    return { ...missing, ...(await found(folder, manifest, into)) };
  } catch (error) {
    const command = commandFor(manifest?.extras ?? [], into);
    return { ...missing, state: "broken", reason: messageOf(error), command };
  }
}

async function found(
  folder: string,
  manifest: EnvironmentManifest,
  into: string | undefined,
): Promise<Partial<EnvironmentStatus>> {
  const { libraries, extras, version, lock } = manifest;
  const isCurrent = lock === trainerLock(extras).sha256;
  return {
    state: isCurrent ? "installed" : "outdated",
    command: isCurrent ? null : commandFor(extras, into),
    python: libraries["python"] ?? null,
    version,
    extras,
    trainers: await availableTrainers(folder, manifest),
    libraries,
  };
}

function commandFor(extras: readonly TrainerExtra[], into: string | undefined): string {
  const what = extras.length > 0 ? ` --with ${extras.join(",")}` : "";
  return `npx headgate trainer install${what}${into === undefined ? "" : ` --into ${into}`}`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
