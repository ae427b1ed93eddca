import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { manifestFile } from "../../../engines/training/environment.js";
import { InstalledEnvironment } from "../../../engines/training/installed-environment.js";

const manifest = {
  python: "bin/python",
  libraries: { python: "3.11.2", "scikit-learn": "1.9.1", Xgboost_CPU: "3.2.0" },
  extras: ["boosting"],
  lock: "ab".repeat(32),
  version: "0.1.0",
};

/** A folder, and an environment in it whose time the test tells. */
function environment(variables: Record<string, string> = {}) {
  const folder = mkdtempSync(join(tmpdir(), "headgate-environment-"));
  const time = { now: 0 };
  const trainers = [
    { name: "ridge", library: "scikit-learn" },
    { name: "xgb_regressor", library: "xgboost-cpu" },
    { name: "lstm_regressor", library: "torch" },
  ];
  const options = { folder, source: "/package/src", trainers, threads: 3, foldWorkers: 5, variables };
  const installed = new InstalledEnvironment(options, () => time.now);
  const path = join(folder, manifestFile);
  const write = (text: string) => writeFileSync(path, text);
  return { installed, folder, time, write, remove: () => rmSync(path) };
}

describe("the environment in a folder", () => {
  it("is missing, with the command to type and no path, until it is installed", () => {
    const { installed, folder, time, write } = environment();
    expect(installed.availability).toMatchObject({
      kind: "missing",
      reason: expect.stringContaining("headgate trainer install"),
    });
    expect(JSON.stringify(installed.availability)).not.toContain(folder);
    write(JSON.stringify(manifest));
    time.now = 1_000;
    expect(installed.availability).toMatchObject({
      kind: "ready",
      trainers: new Set(["ridge", "xgb_regressor"]),
    });
    expect(installed.program?.command).toBe(join(folder, "bin/python"));
  });

  it("is another one after another installation, and the same one before", () => {
    const { installed, time, write } = environment();
    write(JSON.stringify(manifest));
    const first = installed.program;
    time.now = 1_000;
    expect(installed.program).toBe(first);
    write(JSON.stringify({ ...manifest, extras: [], libraries: { "scikit-learn": "1.9.2" } }));
    time.now = 2_000;
    expect(installed.program).not.toBe(first);
    expect(installed.availability).toMatchObject({ libraries: { "scikit-learn": "1.9.2" } });
  });

  it("is missing again once it was removed", () => {
    const { installed, time, write, remove } = environment();
    write(JSON.stringify(manifest));
    expect(installed.availability.kind).toBe("ready");
    remove();
    time.now = 1_000;
    expect(installed.availability.kind).toBe("missing");
    expect(installed.program).toBeUndefined();
  });

  it("that is broken says which command tells why, and no path", () => {
    const { installed, folder, write } = environment();
    write("{");
    expect(installed.availability).toMatchObject({
      reason: expect.stringContaining("headgate trainer status"),
    });
    expect(JSON.stringify(installed.availability)).not.toContain(folder);
  });

  it("gives its processes no variable of the gateway that may hold a secret", () => {
    const secrets = {
      WEBHOOK_SECRET: "s",
      AWS_SECRET_ACCESS_KEY: "s",
      PYTHONSTARTUP: "/tmp/evil.py",
      PYTHONPATH: "/tmp",
    };
    const harmless = { PATH: "/bin", CUDA_VISIBLE_DEVICES: "0", LC_ALL: "C.UTF-8" };
    const { installed, write } = environment({ ...secrets, ...harmless, LD_PRELOAD: "/tmp/evil.so" });
    write(JSON.stringify(manifest));
    expect(installed.program?.folder).toBe("/package/src");
    expect(installed.program?.variables).toMatchObject({
      ...harmless,
      PYTHONPATH: "/package/src",
      PYTHONHASHSEED: "0",
      OMP_NUM_THREADS: "3",
      OPENBLAS_NUM_THREADS: "3",
      MKL_NUM_THREADS: "3",
    });
    const names = Object.keys(installed.program?.variables ?? {});
    expect(names).not.toContain("LD_PRELOAD");
    expect(names.filter((name) => name in secrets)).toEqual(["PYTHONPATH"]);
  });
});
