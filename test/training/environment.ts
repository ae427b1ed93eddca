/** The trainers' environment that this suite runs in: `HEADGATE_TRAINER`, with boosting and the suite's own packages. */
import { interpreterOf, readManifest } from "../../engines/training/environment.js";

const toType =
  "npx headgate trainer install --with boosting --into FOLDER, then HEADGATE_TRAINER=FOLDER npm run test:training";

export interface SuiteEnvironment {
  readonly folder: string;
  readonly python: string;
}

/** @throws Error with the command to type */
export function suiteEnvironment(): SuiteEnvironment {
  const folder = process.env["HEADGATE_TRAINER"];
  const manifest = folder === undefined ? undefined : readManifest(folder);
  if (folder === undefined || manifest === undefined) throw new Error(`no trainer is installed: ${toType}`);
  return { folder, python: interpreterOf(folder, manifest) };
}
