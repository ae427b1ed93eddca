/** Lists the libraries that the CUDA provider needs and this machine's dynamic loader would not find. */
import { execFile } from "node:child_process";
import { readdir } from "node:fs/promises";
import { promisify } from "node:util";
import { cudaLibraries } from "./provider-wheel.js";

export type RequiredLibrary = (typeof cudaLibraries)[number];

/** @param env the environment of the process that will load the libraries */
export async function missingLibraries(env: NodeJS.ProcessEnv): Promise<readonly RequiredLibrary[]> {
  const folders = (env["LD_LIBRARY_PATH"] ?? "").split(":").filter((folder) => folder !== "");
  const found = new Set<string>();
  for (const folder of folders) for (const file of await readdir(folder).catch(() => [])) found.add(file);
  // `ldconfig -p` prints the loader's cache; a machine without ldconfig has only the folders of LD_LIBRARY_PATH.
  const { stdout } = await promisify(execFile)("ldconfig", ["-p"], {
    env: { ...env, PATH: `${env["PATH"] ?? ""}:/sbin:/usr/sbin` },
    timeout: 10_000,
  }).catch(() => ({ stdout: "" }));
  for (const [, name] of stdout.matchAll(/^\s*(\S+) \(.*x86-64/gm)) found.add(name ?? "");
  return cudaLibraries.filter(({ library }) => !found.has(library));
}
