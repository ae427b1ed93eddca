/** `headgate trainer`: the Python environment that trainings run in. */
import { resolve } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { namingCommands } from "../../command-line/unknown-name.js";
import {
  defaultEnvironmentFolder,
  type TrainerExtra,
  trainerExtras,
} from "../../engines/training/environment.js";
import { findPython } from "../../engines/training/installation/find-python.js";
import { installEnvironment } from "../../engines/training/installation/install-environment.js";
import { installedBytes, megabytes } from "../../engines/training/installation/room.js";
import { trainerLock, withRequired } from "../../engines/training/installation/trainer-package.js";
import { uninstallEnvironment } from "../../engines/training/installation/uninstall-environment.js";
import { packageVersion } from "./own-package.js";
import { printStatus } from "./trainer-status.js";

interface InstallFlags {
  readonly with?: readonly TrainerExtra[];
  readonly into?: string;
  readonly python?: string;
}

interface FolderFlags {
  readonly into?: string;
}

const about = `
Trainings run in Python processes, in an environment of their own. Everything else works without one.

  scikit-learn and the ONNX tools            always           ${megabytes(installedBytes([]))}
  boosting: xgboost and lightgbm             --with boosting  ${megabytes(installedBytes(["boosting"]) - installedBytes([]))} more
  torch, which requires the CUDA libraries   --with torch     ${megabytes(installedBytes(["torch"]) - installedBytes([]))} more
  rl: stable-baselines3, with torch          --with rl        ${megabytes(installedBytes(["rl"]) - installedBytes([]))} more

The folder is ~/.local/share/headgate/trainer (with XDG_DATA_HOME: $XDG_DATA_HOME/headgate/trainer), or what
HEADGATE_TRAINER or --into names; the gateway reads HEADGATE_TRAINER, too, or the setting training.environment.
Every package is pinned, and held against a hash that is part of Headgate. pip's own settings hold (PIP_INDEX_URL,
PIP_PROXY, PIP_CERT). docs/training.md says more.`;

export function trainerCommand(): Command {
  const trainer = new Command("trainer")
    .description("Install what trainings run in, or tell what is installed")
    .addHelpText("after", about);
  for (const command of [installCommand(), statusCommand(), uninstallCommand()]) trainer.addCommand(command);
  return namingCommands(trainer);
}

function installCommand(): Command {
  return new Command("install")
    .description("Install the environment, or bring it to the versions of this Headgate")
    .option("--with <sets>", `more libraries, with commas between: ${trainerExtras.join(", ")}`, extrasOf)
    .option("--into <folder>", "the environment's folder")
    .option(
      "--python <command>",
      "the Python that it is made with (default: HEADGATE_TRAINER_PYTHON, or python3)",
    )
    .addHelpText("after", about)
    .action((flags: InstallFlags) => ending(() => install(flags)));
}

function statusCommand(): Command {
  return new Command("status")
    .description("Tell what is installed: its versions, its trainers, its size, and what to type")
    .option("--into <folder>", "the environment's folder")
    .option("--json", "one JSON object")
    .addHelpText(
      "after",
      "\nExits with 0 where what this version needs is installed and runs, and else with 1.",
    )
    .action(({ into, json }: FolderFlags & { readonly json?: true }) =>
      ending(() => printStatus(folderOf(into), into, json === true)),
    );
}

function uninstallCommand(): Command {
  return new Command("uninstall")
    .description("Remove the environment")
    .option("--into <folder>", "the environment's folder")
    .action(({ into }: FolderFlags) =>
      ending(async () => {
        const folder = folderOf(into);
        const freed = await uninstallEnvironment(folder, say);
        console.log(
          freed === 0 ? `${folder}: nothing was installed` : `${folder}: removed, ${megabytes(freed)}`,
        );
      }),
    );
}

async function install({ with: asked = [], into, python: command }: InstallFlags): Promise<void> {
  if (process.platform === "win32")
    throw new Error("trainers run on Linux and macOS: on Windows take the Windows Subsystem for Linux");
  const folder = folderOf(into);
  const extras = withRequired(asked);
  const python = await findPython(command ?? process.env["HEADGATE_TRAINER_PYTHON"]);
  say(
    `into ${folder}: ${["scikit-learn", ...extras].join(", ")}, about ${megabytes(installedBytes(extras))}`,
  );
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.once(signal, () => stop.abort(new Error(`ended by ${signal}`)));
  await installEnvironment({
    folder,
    extras,
    lock: trainerLock(extras),
    python,
    version: packageVersion(),
    env: process.env,
    say,
    signal: stop.signal,
  });
  console.log(
    `${folder}: installed. A running gateway takes it by itself; headgate trainer status tells more.`,
  );
}

function extrasOf(text: string): TrainerExtra[] {
  return text.split(",").map((name) => {
    const found = trainerExtras.find((extra) => extra === name.trim());
    if (found === undefined) throw new InvalidArgumentError(`there are ${trainerExtras.join(", ")}.`);
    return found;
  });
}

function folderOf(into: string | undefined): string {
  return resolve(into ?? process.env["HEADGATE_TRAINER"] ?? defaultEnvironmentFolder(process.env));
}

function say(line: string): void {
  console.error(line);
}

async function ending(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    console.error(`error: ${error instanceof Error ? error.message : String(error)}`);
    process.exit(1);
  }
}
