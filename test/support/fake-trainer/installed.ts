/** An environment in a folder whose interpreter is the fake trainer, as a gateway of its own process finds it. */
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { type FakeBehaviour, fakeProgram } from "./program.js";

/** @returns the folder, and a file to which each process writes its group */
export async function installedFake(
  behaviour: FakeBehaviour,
): Promise<{ readonly folder: string; readonly groups: string }> {
  const folder = await mkdtemp(join(tmpdir(), "headgate-fake-environment-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const groups = join(folder, "groups");
  const { command, args, variables } = fakeProgram(behaviour);
  const script = [
    "#!/bin/sh",
    `echo $$ >> '${groups}'`,
    `FAKE_TRAINER='${variables["FAKE_TRAINER"]}' exec '${command}' '${args[0]}'`,
  ].join("\n");
  await writeFile(join(folder, "python"), script);
  await chmod(join(folder, "python"), 0o755);
  const manifest = {
    python: "python",
    libraries: { python: "3.11", "scikit-learn": "1.9.1" },
    extras: [],
    lock: "0".repeat(64),
    version: "0.0.0",
  };
  await writeFile(join(folder, "headgate-trainer.json"), JSON.stringify(manifest));
  await writeFile(groups, "");
  return { folder, groups };
}
