/** The trainers whose libraries an environment has, as its own Python tells. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { type EnvironmentManifest, interpreterOf } from "../environment.js";
import { trainerPackage } from "./trainer-package.js";

const run = promisify(execFile);

/** Milliseconds for it: a first start from a slow disk takes seconds. */
const listMs = 60_000;

/** -I ignores PYTHONPATH, so the folder of the package is an argument. */
const code = `
import json, sys
sys.path.insert(0, sys.argv[1])
from headgate_trainer.registry import installed_trainers
print(json.dumps(sorted(installed_trainers())))
`;

/** @throws Error where the Python does not run, or the package does not load */
export async function availableTrainers(folder: string, manifest: EnvironmentManifest): Promise<string[]> {
  const args = ["-I", "-B", "-c", code, trainerPackage().source];
  const { stdout } = await run(interpreterOf(folder, manifest), args, { timeout: listMs }).catch((error) => {
    throw new Error(`its Python does not list the trainers: ${lastLine(error)}`);
  });
  const names: unknown = JSON.parse(stdout);
  if (!Array.isArray(names)) throw new Error("its Python lists no trainers");
  return names.filter((name) => typeof name === "string");
}

function lastLine(error: unknown): string {
  const text = error instanceof Error && "stderr" in error ? String(error.stderr) : "";
  const line = text.trimEnd().split("\n").at(-1) ?? "";
  return line !== "" || !(error instanceof Error) ? line : error.message;
}
