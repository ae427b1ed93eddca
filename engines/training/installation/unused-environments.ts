/** Virtual environments in the folder that are not the installed one: replaced, or left by a process that was killed. */
import { existsSync } from "node:fs";
import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { manifestFile } from "../environment.js";

/** The beginning of the name of a virtual environment's folder; the number of the process that makes it follows. */
export const environmentPrefix = "env-";

/** A folder in the virtual environment for the time in which it is made. */
export const temporaryFolder = "tmp";

/** Whether the folder is not there, is empty, or holds only what an installation makes. */
export async function isTrainerFolder(folder: string): Promise<boolean> {
  const names = await namesIn(folder);
  return names.every((name) => name.startsWith(manifestFile) || name.startsWith(environmentPrefix));
}

/**
 * Removes them, but not those that a process has open or that a living process is making.
 * @param used the folder's name of the installed one
 */
export async function removeUnused(
  folder: string,
  used: string | undefined,
  say: (line: string) => void,
): Promise<void> {
  for (const name of await namesIn(folder)) {
    if (!name.startsWith(environmentPrefix) || name === used) continue;
    const path = join(folder, name);
    if (existsSync(join(path, temporaryFolder)) && isAlive(makerOf(name))) continue;
    if (await isOpen(path))
      say(`${path} is still used by a gateway's trainer; the next installation removes it`);
    else await rm(path, { recursive: true, force: true });
  }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
}

/** Undefined for this process itself. */
function makerOf(name: string): number | undefined {
  const pid = Number(/^env-(\d+)-/.exec(name)?.[1] ?? process.pid);
  return pid === process.pid ? undefined : pid;
}

function isAlive(pid: number | undefined): boolean {
  if (pid === undefined) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

/** Whether a process has loaded a library of the folder. Only Linux tells; elsewhere it counts as unused. */
async function isOpen(folder: string): Promise<boolean> {
  const processes = await readdir("/proc").catch(() => []);
  for (const pid of processes.filter((name) => /^\d+$/.test(name))) {
    const maps = await readFile(`/proc/${pid}/maps`, "utf8").catch(() => "");
    if (maps.includes(`${folder}/`)) return true;
  }
  return false;
}
