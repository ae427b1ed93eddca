/** Arguments that the commands on models share, and the form of their errors. */
import { Argument, InvalidArgumentError } from "commander";
import { defaultModels } from "./own-package.js";

/** Commands on a whole repository take it as their argument; `--models`, as the other commands have it, is the same. */
export function repositoryArgument(): Argument {
  return new Argument(
    "[folder]",
    "the model repository (default: models, or the package's own where that folder is not there)",
  );
}

/** The repository that was given, by either. */
export function repositoryOf(argument: string | undefined, option: string | undefined): string {
  if (argument !== undefined && option !== undefined && argument !== option)
    fail(new Error(`two repositories were given: ${argument}, and --models ${option}; give one`));
  const given = argument ?? option;
  if (given !== undefined) return given;
  const { folder, note } = defaultModels();
  if (note !== undefined) console.error(`${folder}: ${note}`);
  return folder;
}

export function nameOf(text: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/.test(text))
    throw new InvalidArgumentError(
      "a name is 1 to 128 of letters, digits and . _ -, and begins with none of the last three.",
    );
  return text;
}

export function integerFrom(least: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (!/^\d{1,15}$/.test(text) || number < least)
      throw new InvalidArgumentError(`must be an integer of at least ${least}.`);
    return number;
  };
}

/** A model, and optionally one of its versions: `risk` or `risk@3`. */
export interface VersionArgument {
  readonly name: string;
  readonly version?: number;
}

export function versionArgument(text: string): VersionArgument {
  const [, name, version] = /^([A-Za-z0-9._-]{1,128})(?:@([1-9]\d{0,14}))?$/.exec(text) ?? [];
  if (name === undefined || /^\.+$/.test(name))
    throw new InvalidArgumentError("give a model's name, or NAME@VERSION, such as risk@3.");
  return { name, ...(version !== undefined && { version: Number(version) }) };
}

export function fail(error: unknown): never {
  console.error(error instanceof Error ? error.message : String(error));
  process.exit(1);
}
