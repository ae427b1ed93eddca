/** `headgate trainer status`. */
import {
  type EnvironmentStatus,
  environmentStatus,
} from "../../engines/training/installation/environment-status.js";
import { megabytes } from "../../engines/training/installation/room.js";

/** Libraries that a person asks for first; `--json` has all of them. */
const shownLibraries = [
  "scikit-learn",
  "xgboost-cpu",
  "lightgbm",
  "torch",
  "stable_baselines3",
  "onnxruntime",
];

/** Prints it, and sets the exit code. */
export async function printStatus(folder: string, into: string | undefined, isJson: boolean): Promise<void> {
  const status = await environmentStatus(folder, into);
  console.log(isJson ? JSON.stringify(status, null, 2) : textOf(status));
  if (status.state !== "installed") process.exitCode = 1;
}

function textOf(status: EnvironmentStatus): string {
  const { folder, state, reason, command, python, version, trainers, libraries, bytes } = status;
  const lines = [`${folder}: ${headline(state)}${reason === null ? "" : `: ${reason}`}`];
  if (python !== null) {
    const shown = shownLibraries.flatMap((name) =>
      libraries[name] === undefined ? [] : [`${name} ${libraries[name]}`],
    );
    lines.push(`  Python ${python}, ${shown.join(", ")}`);
    lines.push(`  installed by Headgate ${version}, ${megabytes(bytes)}`);
    lines.push(`  trainers: ${trainers.join(", ")}`);
  } else if (bytes > 0) lines.push(`  ${megabytes(bytes)} of files`);
  if (command !== null) lines.push(`  to install what this version needs: ${command}`);
  return lines.join("\n");
}

function headline(state: EnvironmentStatus["state"]): string {
  const words = {
    installed: "installed, with the versions of this Headgate",
    outdated: "installed, with other versions than this Headgate pins",
    broken: "it cannot be used",
    missing: "nothing is installed",
  };
  return words[state];
}
