/** Finds the Python that the virtual environment is made with. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

/** The pinned libraries have wheels for these minor versions of Python 3. */
const minorMin = 11;
const minorMax = 14;

/** Milliseconds for a Python to tell its version: a first start from a slow disk takes seconds. */
const probeMs = 20_000;

export interface Python {
  readonly command: string;
  readonly version: string;
}

/** Prints the version; fails without the modules that make an environment, which Debian packages separately. */
const probe = "import sys, venv, ensurepip; print('%d.%d.%d' % sys.version_info[:3])";

/**
 * @param given the command or path that was asked for; undefined: the first suitable one on the PATH
 * @throws Error with what was found, and what to install
 */
export async function findPython(given: string | undefined): Promise<Python> {
  const minors = Array.from({ length: minorMax - minorMin + 1 }, (_, at) => minorMin + at);
  const commands = given === undefined ? ["python3", ...minors.map((minor) => `python3.${minor}`)] : [given];
  const refusals: string[] = [];
  for (const command of commands) {
    const found = await probed(command);
    if (typeof found !== "string") return found;
    refusals.push(found);
  }
  throw new Error(
    `no suitable Python: ${refusals.join("; ")}. The trainers need Python 3.${minorMin} to 3.${minorMax} with venv ` +
      "(on Debian and Ubuntu: apt-get install python3 python3-venv); --python or HEADGATE_TRAINER_PYTHON names one",
  );
}

/** The Python, or why it is none. */
async function probed(command: string): Promise<Python | string> {
  try {
    const { stdout } = await run(command, ["-I", "-c", probe], { timeout: probeMs });
    const version = stdout.trim();
    const minor = Number(/^3\.(\d+)\.\d+$/.exec(version)?.[1] ?? "NaN");
    if (minor >= minorMin && minor <= minorMax) return { command, version };
    return `${command} is Python ${version}`;
  } catch (error) {
    return `${command} ${reasonOf(error)}`;
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if ("code" in error && error.code === "ENOENT") return "is not there";
  const missing = /No module named '?(\w+)'?/.exec(error.message)?.[1];
  return missing === undefined ? "does not run" : `has no module ${missing}`;
}
