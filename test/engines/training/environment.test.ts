import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  defaultEnvironmentFolder,
  EnvironmentError,
  interpreterOf,
  manifestFile,
  readManifest,
} from "../../../engines/training/environment.js";

const manifest = {
  python: "bin/python",
  libraries: { python: "3.11.2", "scikit-learn": "1.9.1" },
  extras: ["boosting"],
  lock: "ab".repeat(32),
  version: "0.1.0",
};

const folder = () => mkdtempSync(join(tmpdir(), "headgate-environment-"));

function folderWith(text: string): string {
  const made = folder();
  writeFileSync(join(made, manifestFile), text);
  return made;
}

describe("the manifest of a trainer's environment", () => {
  it("is read whole", () => {
    expect(readManifest(folderWith(JSON.stringify(manifest)))).toEqual(manifest);
  });

  it("is undefined where nothing is installed", () => {
    expect(readManifest(folder())).toBeUndefined();
    expect(readManifest(join(folder(), "absent"))).toBeUndefined();
  });

  it.each([
    ["not JSON", "{"],
    ["no object", "[]"],
    ["no interpreter", JSON.stringify({ ...manifest, python: "" })],
    ["versions that are no texts", JSON.stringify({ ...manifest, libraries: { numpy: 2 } })],
    ["an unknown extra", JSON.stringify({ ...manifest, extras: ["jax"] })],
    ["more bytes than a manifest has", JSON.stringify({ ...manifest, version: "9".repeat(70_000) })],
  ])("that has %s is refused with its path", (_, text) => {
    const made = folderWith(text);
    expect(() => readManifest(made)).toThrow(EnvironmentError);
    expect(() => readManifest(made)).toThrow(join(made, manifestFile));
  });

  it("names an interpreter in its folder, or an absolute one", () => {
    expect(interpreterOf("/opt/trainer", { ...manifest, extras: [] })).toBe("/opt/trainer/bin/python");
    expect(interpreterOf("/opt/trainer", { ...manifest, extras: [], python: "/usr/bin/python3" })).toBe(
      "/usr/bin/python3",
    );
  });
});

describe("the default folder of the trainer's environment", () => {
  it("lies in the user's data", () => {
    expect(defaultEnvironmentFolder({ XDG_DATA_HOME: "/data" })).toBe("/data/headgate/trainer");
    expect(defaultEnvironmentFolder({})).toMatch(/\.local\/share\/headgate\/trainer$/);
    expect(defaultEnvironmentFolder({ XDG_DATA_HOME: "relative" })).toMatch(/\.local\/share/);
  });
});
