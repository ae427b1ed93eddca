/** The package that this program is a part of, built or not: its folder, its version and its models. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of the nearest package.json above this file. */
function packageFolder(): string {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    if (existsSync(join(folder, "package.json"))) return folder;
    if (dirname(folder) === folder) throw new Error("package.json is not there: install headgate again");
  }
}

export function packageVersion(): string {
  const text = readFileSync(join(packageFolder(), "package.json"), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}

export interface DefaultModels {
  readonly folder: string;
  /** Set where the package's own models stand in for a folder `models` that is not there. */
  readonly note?: string;
}

/**
 * The model repository of who names none: `models` in the working folder, or else the models that the package brings.
 * So `npx headgate` serves something in an empty folder, and a folder of the user's own is never mixed with ours.
 */
export function defaultModels(): DefaultModels {
  const [own, packaged] = ["models", join(packageFolder(), "models")];
  if (existsSync(own) || !existsSync(packaged)) return { folder: own };
  return {
    folder: packaged,
    note: "there is no folder models here, so the models that come with the package are used; --models names a folder",
  };
}
