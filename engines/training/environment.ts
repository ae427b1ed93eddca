/**
 * The environment of the trainers: a folder with a Python of its own, which `headgate trainer install` makes. Its
 * manifest is written last, so a folder with a manifest is complete.
 */
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import { type Fields, isFields } from "../../protocol/fields.js";
import { readSmallFileSync } from "../../small-files/read-small-file.js";
import { SmallFileError } from "../../small-files/small-file-error.js";

/** The manifest's file in the environment's folder. */
export const manifestFile = "headgate-trainer.json";

/** Bytes that a manifest may have. */
const manifestBytesMax = 65_536;

/** Packages that are installed beside scikit-learn where they are asked for. */
export const trainerExtras = ["boosting", "torch", "rl"] as const;
export type TrainerExtra = (typeof trainerExtras)[number];

/** What `headgate trainer install` writes about an environment. */
export interface EnvironmentManifest {
  /** The interpreter: a path in the folder, or an absolute one. */
  readonly python: string;
  /** Versions of `python` and of the installed libraries, by the names of their distributions, as `scikit-learn`. */
  readonly libraries: Readonly<Record<string, string>>;
  readonly extras: readonly TrainerExtra[];
  /** The SHA-256, in hex, of the lock file that it was installed from. */
  readonly lock: string;
  /** The version of headgate that installed it. */
  readonly version: string;
}

/** An environment that cannot be used; the message says why, and begins with the manifest's path. */
export class EnvironmentError extends Error {
  override readonly name = "EnvironmentError";
}

/** The folder that is used where neither the config nor the environment variable HEADGATE_TRAINER names one. */
export function defaultEnvironmentFolder(variables: Readonly<Record<string, string | undefined>>): string {
  const data = variables["XDG_DATA_HOME"];
  // The specification of base directories says that a relative path there is to be ignored.
  const base = data !== undefined && isAbsolute(data) ? data : join(homedir(), ".local", "share");
  return join(base, "headgate", "trainer");
}

/**
 * The manifest of the environment in a folder; undefined where there is none.
 * @throws EnvironmentError where there is one that cannot be used
 */
export function readManifest(folder: string): EnvironmentManifest | undefined {
  const path = join(folder, manifestFile);
  try {
    return manifestOf(JSON.parse(readSmallFileSync(path, manifestBytesMax).toString("utf8")));
  } catch (error) {
    if (error instanceof SmallFileError && error.fault === "missing") return undefined;
    throw new EnvironmentError(`${path} ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** The absolute path of the environment's interpreter. */
export function interpreterOf(folder: string, { python }: EnvironmentManifest): string {
  return isAbsolute(python) ? python : join(folder, python);
}

function manifestOf(value: unknown): EnvironmentManifest {
  if (!isFields(value)) throw new Error("must be a JSON object");
  const { libraries, extras } = value;
  if (!isFields(libraries) || !isTexts(Object.values(libraries)))
    throw new Error("must have libraries, a version by each name");
  if (!Array.isArray(extras) || !extras.every(isExtra))
    throw new Error(`must have extras, a list of ${trainerExtras.join(", ")}`);
  return {
    python: textOf(value, "python"),
    libraries: libraries as Readonly<Record<string, string>>, // checked above
    extras,
    lock: textOf(value, "lock"),
    version: textOf(value, "version"),
  };
}

function isTexts(values: readonly unknown[]): boolean {
  return values.every((each) => typeof each === "string");
}

function isExtra(value: unknown): value is TrainerExtra {
  return trainerExtras.some((each) => each === value);
}

function textOf(fields: Fields, name: string): string {
  const value = fields[name];
  if (typeof value !== "string" || value === "") throw new Error(`must have ${name}, a string`);
  return value;
}
