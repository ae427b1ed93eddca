/** The lock files: every package by its hash, from no registry by name, and protobuf as the exporters need it. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { trainerExtras } from "../../../../engines/training/environment.js";
import { installedBytes, neededBytes, requireRoom } from "../../../../engines/training/installation/room.js";
import {
  trainerLock,
  trainerPackage,
  withRequired,
} from "../../../../engines/training/installation/trainer-package.js";

const { locks } = trainerPackage();
const names = readdirSync(locks).filter((name) => name.endsWith(".txt"));
const textOf = (name: string) => readFileSync(join(locks, name), "utf8");

describe("the trainer's lock files", () => {
  it("are there for every set", () => {
    expect(names.sort()).toStrictEqual(
      ["base", "checks", ...trainerExtras].sort().map((name) => `${name}.txt`),
    );
  });

  it.each(names)("%s has a hash for each package, and no registry", (name) => {
    const requirements = textOf(name)
      .replaceAll("\\\n", " ")
      .split("\n")
      .filter((line) => line !== "");
    expect(requirements.length).toBeGreaterThan(3);
    for (const line of requirements)
      expect(line).toMatch(/^[a-z0-9-]+==[\w.+]+( ; [^-]+)?( +--hash=sha256:[0-9a-f]{64})+$/);
  });

  it("have one version of each package in all of them", () => {
    const versions = new Map<string, Set<string>>();
    for (const name of names)
      for (const [, ...pin] of textOf(name).matchAll(/^([a-z0-9-]+)==(.*) \\$/gm)) {
        const [distribution = "", version = ""] = pin;
        versions.set(distribution, (versions.get(distribution) ?? new Set()).add(version));
      }
    // Networkx, which torch imports, has two: the newer one needs Python 3.12.
    const several = [...versions].filter(([name, found]) => found.size > 1 && name !== "networkx");
    expect(several).toStrictEqual([]);
  });

  it("keep protobuf below 7, which refuses what some converters write", () => {
    expect(textOf("base.txt")).toMatch(/^protobuf==6\./m);
  });

  it("give another hash for other sets", () => {
    expect(trainerLock(["boosting"]).sha256).not.toBe(trainerLock([]).sha256);
    expect(trainerLock(["rl"])).toStrictEqual(trainerLock(["torch", "rl"]));
    expect(withRequired(["rl", "boosting"])).toStrictEqual(["boosting", "torch", "rl"]);
  });
});

describe("room on the disk", () => {
  it("of a set is told with that of the sets that it brings", () => {
    for (const bytes of [installedBytes, neededBytes]) {
      expect(bytes(["rl"])).toBe(bytes(["torch", "rl"]));
      expect(bytes(["rl"])).toBeGreaterThan(bytes(["torch"]));
      expect(bytes(["boosting"])).toBeLessThan(bytes(["torch"]));
    }
  });

  it("is refused with the bytes that are needed and where else it may go", () => {
    expect(() => requireRoom("/data/trainer", 600_000_000, 599_999_999)).toThrow(
      "/data/trainer has 600 MB free, and 600 MB (600000000 bytes) are needed while it installs: make room, or name a folder on another disk with --into",
    );
    expect(() => requireRoom("/data/trainer", 600_000_000, 600_000_000)).not.toThrow();
  });
});
