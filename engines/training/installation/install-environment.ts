/**
 * Installs the trainers' environment: a virtual environment is made aside, and then a manifest that leads to it takes
 * the place of the one before. An installation that was killed leaves nothing that counts as installed.
 */
import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { type EnvironmentManifest, manifestFile, type TrainerExtra } from "../environment.js";
import type { Python } from "./find-python.js";
import { installedName } from "./installed-name.js";
import { isShown, loadCheck, versionsIn } from "./load-check.js";
import { pipFailure } from "./pip-failure.js";
import { freeBytes, neededBytes, requireRoom } from "./room.js";
import { runLines } from "./run-lines.js";
import type { TrainerLock } from "./trainer-package.js";
import { environmentPrefix, isTrainerFolder, removeUnused, temporaryFolder } from "./unused-environments.js";

export interface EnvironmentInstallation {
  readonly folder: string;
  readonly extras: readonly TrainerExtra[];
  readonly lock: TrainerLock;
  readonly python: Python;
  /** The version of Headgate. */
  readonly version: string;
  readonly env: NodeJS.ProcessEnv;
  /** Bytes free on the disk; absent: as the file system tells. */
  readonly free?: number;
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Lines that are kept of each program for the message of a failure. */
const linesKept = 2_000;

const pipArguments = [
  ...["-m", "pip", "install", "--require-hashes"],
  // A source package would run its own code to build itself.
  "--only-binary=:all:",
  ...["--no-input", "--no-user", "--disable-pip-version-check", "--progress-bar=off", "--retries=2"],
];

/** @throws Error with what to do; what was installed before is still installed then */
export async function installEnvironment(installation: EnvironmentInstallation): Promise<void> {
  const { folder, extras, free, say } = installation;
  if (!(await isTrainerFolder(folder)))
    throw new Error(
      `${folder} has files of others: name an empty folder, or one that is not there, with --into`,
    );
  requireRoom(folder, neededBytes(extras), free ?? (await freeBytes(folder)));
  await mkdir(folder, { recursive: true });
  await removeUnused(folder, installedName(folder), say);
  const made = await mkdtemp(join(folder, `${environmentPrefix}${process.pid}-`));
  try {
    const manifest = await fill(made, installation);
    const aside = join(folder, `${manifestFile}-${basename(made)}`);
    await writeFile(aside, `${JSON.stringify(manifest, null, 2)}\n`);
    await rename(aside, join(folder, manifestFile));
  } catch (error) {
    await rm(made, { recursive: true, force: true });
    throw error;
  }
  await removeUnused(folder, basename(made), say);
}

async function fill(made: string, installation: EnvironmentInstallation): Promise<EnvironmentManifest> {
  const { extras, lock, python, version, say } = installation;
  say(`a virtual environment of Python ${python.version} in ${made}`);
  // The temporary files are on the disk whose room was looked at, and go with the folder when this process is killed.
  const temporary = join(made, temporaryFolder);
  await mkdir(temporary);
  const run = runner(installation, temporary);
  await run(python.command, ["-m", "venv", made], (lines) => `python -m venv failed: ${lastOf(lines)}`);
  const own = join(made, "bin", "python");
  await run(own, [...pipArguments, ...lock.files.flatMap((file) => ["-r", file])], pipFailure);
  const { modules, code } = loadCheck(extras);
  say(`loading ${modules.join(", ")}`);
  const notLoaded = (lines: readonly string[]) => `a library does not load on this machine: ${lastOf(lines)}`;
  const libraries = versionsIn(await run(own, ["-c", code], notLoaded));
  await rm(temporary, { recursive: true, force: true });
  return { python: join(basename(made), "bin", "python"), libraries, extras, lock: lock.sha256, version };
}

type Run = (
  command: string,
  args: readonly string[],
  reason: (lines: readonly string[]) => string,
) => Promise<readonly string[]>;

/** Runs a Python, and fails with a reason that is found in its lines. */
function runner({ env, say, signal }: EnvironmentInstallation, temporary: string): Run {
  return async (command, args, reason) => {
    const lines: string[] = [];
    const onLine = (line: string) => {
      if (isShown(line)) say(line);
      if (lines.push(line) > linesKept) lines.shift();
    };
    // -I keeps the user's own packages and PYTHONPATH out.
    const code = await runLines({
      command,
      args: ["-I", ...args],
      env: { ...env, TMPDIR: temporary },
      onLine,
      signal,
    });
    if (code !== 0) throw new Error(reason(lines));
    return lines;
  };
}

function lastOf(lines: readonly string[]): string {
  return lines.findLast((line) => line.trim() !== "") ?? "it wrote nothing";
}
