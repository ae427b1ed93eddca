/** The Python suite of the trainers, in the environment that `headgate trainer install` has made. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { readManifest } from "../../engines/training/environment.js";
import { trainerLock } from "../../engines/training/installation/trainer-package.js";
import { suiteEnvironment } from "./environment.js";

const trainer = fileURLToPath(new URL("../../training/trainer", import.meta.url));
const headgate = fileURLToPath(new URL("../../dist/gateway/cli/headgate.js", import.meta.url));

it("was installed from these lock files, and has the trainers of scikit-learn, xgboost and lightgbm", async () => {
  const { folder } = suiteEnvironment();
  expect(readManifest(folder)?.lock).toBe(trainerLock(["boosting"]).sha256);
  const { stdout } = await promisify(execFile)(process.execPath, [
    headgate,
    ...["trainer", "status", "--json", "--into", folder],
  ]);
  const status = JSON.parse(stdout);
  expect(status).toMatchObject({ state: "installed", command: null });
  for (const name of ["random_forest_classifier", "xgb_classifier", "lgbm_regressor", "pipeline"])
    expect(status.trainers).toContain(name);
  expect(status.trainers).not.toContain("lstm_classifier"); // torch is not in it
});

it("passes the trainers' own suite", async () => {
  const { python } = suiteEnvironment();
  const arguments_ = ["-B", "-m", "pytest", "-p", "no:cacheprovider", "-rf"];
  const { stdout } = await promisify(execFile)(python, arguments_, {
    cwd: trainer,
    maxBuffer: 64 << 20,
  }).catch(({ stdout: out, stderr }: { stdout: string; stderr: string }) => {
    throw new Error(`${stderr}\n${out.slice(-20_000)}`);
  });
  expect(stdout).toMatch(/\d{3,} passed/);
}, 900_000);
