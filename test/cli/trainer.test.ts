/** `headgate trainer`, with a Python that installs nothing. */
import { spawn } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readManifest } from "../../engines/training/environment.js";
import { trainerLock, trainerPackage } from "../../engines/training/installation/trainer-package.js";
import { writeFakePython } from "./fake-python.js";

const headgate = fileURLToPath(new URL("../../dist/gateway/cli/headgate.js", import.meta.url));

let scratch: string;
let folder: string;
let calls: string;

beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), "headgate-trainer-"));
  folder = join(scratch, "trainer");
  calls = join(scratch, "calls");
  writeFakePython(join(scratch, "bin"));
});
afterEach(() => rmSync(scratch, { recursive: true, force: true }));

function start(args: readonly string[], variables: Readonly<Record<string, string>> = {}) {
  const env = {
    PATH: `${join(scratch, "bin")}:/usr/bin:/bin`,
    HOME: scratch,
    HEADGATE_TRAINER: folder,
    FAKE_CALLS: calls,
    FAKE_PIP_PID: join(scratch, "pip"),
    ...variables,
  };
  return spawn(process.execPath, [headgate, "trainer", ...args], { env, stdio: ["ignore", "pipe", "pipe"] });
}

async function run(args: readonly string[], variables: Readonly<Record<string, string>> = {}) {
  const child = start(args, variables);
  let [out, err] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (err += text));
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { code, out, err };
}

const environments = () => readdirSync(folder).filter((name) => name.startsWith("env-"));

async function until(path: string): Promise<string> {
  while (!existsSync(path) || readFileSync(path, "utf8") === "")
    await new Promise((resolve) => setTimeout(resolve, 10));
  return readFileSync(path, "utf8").trim();
}

function isRunning(pid: string): boolean {
  // A process that has ended and that nobody has waited for yet still has a number.
  return existsSync(`/proc/${pid}`) && !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
}

describe("headgate trainer install", () => {
  it("installs the pinned packages by their hashes, in order, and tells the lines of pip", async () => {
    const { code, out, err } = await run(["install", "--with", "rl,boosting"]);
    expect({ code, err }).toMatchObject({
      code: 0,
      err: expect.stringContaining("Collecting numpy==2.4.6\n"),
    });
    expect(out).toBe(
      `${folder}: installed. A running gateway takes it by itself; headgate trainer status tells more.\n`,
    );
    const { locks } = trainerPackage();
    const files = ["base", "boosting", "torch", "rl"].map((name) => `-r ${join(locks, `${name}.txt`)}`);
    expect(readFileSync(calls, "utf8")).toMatch(/pip install --require-hashes --only-binary=:all:/);
    expect(readFileSync(calls, "utf8")).toContain(files.join(" "));
    const [environment = ""] = environments();
    expect(readManifest(folder)).toStrictEqual({
      python: join(environment, "bin/python"),
      libraries: { python: "3.12.4", numpy: "2.4.6", "scikit-learn": "1.9.1" },
      extras: ["boosting", "torch", "rl"],
      lock: trainerLock(["boosting", "torch", "rl"]).sha256,
      version: JSON.parse(readFileSync("package.json", "utf8")).version,
    });
    // pip's temporary files are in the environment's folder while it installs, and none is left.
    expect(readFileSync(calls, "utf8")).toContain(`TMPDIR ${join(folder, environment, "tmp")}`);
    expect(readdirSync(join(folder, environment))).toStrictEqual(["bin"]);
  });

  it("takes the place of what was installed before, and leaves nothing of it", async () => {
    await run(["install"]);
    const [before] = environments();
    expect((await run(["install", "--with", "boosting"])).code).toBe(0);
    expect(environments()).toHaveLength(1);
    expect(environments()).not.toContain(before);
    expect(readManifest(folder)?.extras).toStrictEqual(["boosting"]);
  });

  it.each([
    ["unreachable", /the package registry was not reached/],
    ["other-file", /a package is not the one that this version of Headgate pins/],
    ["no-wheel", /no wheel for this Python/],
    ["full", /the disk is full/],
  ])("tells why pip failed, and what was installed before stays: %s", async (fault, why) => {
    await run(["install"]);
    const before = readManifest(folder);
    const { code, err } = await run(["install", "--with", "torch"], { FAKE_PIP: fault });
    expect({ code, err }).toMatchObject({ code: 1, err: expect.stringMatching(why) });
    expect(readManifest(folder)).toStrictEqual(before);
    expect(environments()).toHaveLength(1);
    expect((await run(["status"])).code).toBe(0);
  });

  it("does not count as installed where a library does not load", async () => {
    const { code, err } = await run(["install"], { FAKE_LOAD: "fails" });
    expect(code).toBe(1);
    expect(err).toContain("a library does not load on this machine: ImportError: libgomp.so.1");
    expect(readdirSync(folder)).toStrictEqual([]);
  });

  it.each(["SIGTERM", "SIGINT"] as const)(
    "ends pip and leaves nothing when it is ended by %s",
    async (signal) => {
      const child = start(["install"], { FAKE_PIP: "hang" });
      const pip = await until(join(scratch, "pip"));
      child.kill(signal);
      expect(await new Promise((resolve) => child.once("close", resolve))).toBe(1);
      expect(readdirSync(folder)).toStrictEqual([]);
      await expect.poll(() => isRunning(pip)).toBe(false);
    },
  );

  it("was not installed when it was killed; pip ends with it, and the next installation removes what is left", async () => {
    const child = start(["install"], { FAKE_PIP: "hang" });
    const pip = await until(join(scratch, "pip"));
    child.kill("SIGKILL");
    await new Promise((resolve) => child.once("exit", resolve));
    await expect.poll(() => isRunning(pip)).toBe(false);
    expect(environments()).toHaveLength(1);
    expect((await run(["status"])).out).toContain("nothing is installed");
    expect((await run(["install"])).code).toBe(0);
    expect(environments()).toHaveLength(1);
  });

  it("lets another installation go on that is in the same folder at that time", async () => {
    const child = start(["install"], { FAKE_PIP: "hang" });
    await until(join(scratch, "pip"));
    expect((await run(["install"])).code).toBe(0);
    expect(environments()).toHaveLength(2);
    child.kill("SIGTERM");
    await new Promise((resolve) => child.once("close", resolve));
    expect(environments()).toHaveLength(1);
    expect((await run(["status"])).code).toBe(0);
  });

  it("leaves a folder alone that has files of others", async () => {
    mkdirSync(folder);
    writeFileSync(join(folder, "thesis.txt"), "");
    const { code, err } = await run(["install"]);
    expect({ code, err }).toMatchObject({ code: 1, err: expect.stringContaining("has files of others") });
    expect((await run(["uninstall"])).code).toBe(1);
    expect(readdirSync(folder)).toStrictEqual(["thesis.txt"]);
  });

  it.each([
    [{ FAKE_PYTHON_VERSION: "3.10.9" }, /python3 is Python 3\.10\.9; .*need Python 3\.11 to 3\.14/],
    [{ FAKE_PYTHON_VERSION: "3.15.0" }, /python3 is Python 3\.15\.0/],
    [{ HEADGATE_TRAINER_PYTHON: "/no/such/python" }, /\/no\/such\/python is not there/],
  ])("refuses a Python for which no package was pinned: %j", async (variables, why) => {
    // Only the fake one is on the path, for the machine may have others.
    const { code, err } = await run(["install"], { PATH: join(scratch, "bin"), ...variables });
    expect({ code, err }).toMatchObject({ code: 1, err: expect.stringMatching(why) });
  });

  it("names the sets for one that is not there", async () => {
    const { code, err } = await run(["install", "--with", "torsch"]);
    expect({ code, err }).toMatchObject({ code: 1, err: expect.stringContaining("boosting, torch, rl") });
  });
});

describe("headgate trainer status", () => {
  it("tells the command where nothing is installed", async () => {
    const { code, out } = await run(["status", "--json"]);
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      folder,
      state: "missing",
      bytes: 0,
      command: "npx headgate trainer install",
    });
    expect((await run(["status", "--into", "elsewhere"])).out).toContain(
      "npx headgate trainer install --into elsewhere",
    );
  });

  it("tells what is installed", async () => {
    await run(["install", "--with", "boosting"]);
    const { code, out } = await run(["status", "--json"]);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      state: "installed",
      command: null,
      python: "3.12.4",
      extras: ["boosting"],
      trainers: ["ridge", "svc"],
      libraries: { numpy: "2.4.6" },
    });
    expect(JSON.parse(out).bytes).toBeGreaterThan(1_000);
    expect((await run(["status"])).out).toContain("trainers: ridge, svc");
  });

  it("tells that the versions are not those of this Headgate, and the command that keeps the sets", async () => {
    await run(["install", "--with", "boosting"]);
    const manifest = { ...readManifest(folder), lock: "0".repeat(64), version: "0.0.9" };
    writeFileSync(join(folder, "headgate-trainer.json"), JSON.stringify(manifest));
    const { code, out } = await run(["status", "--json"]);
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      state: "outdated",
      version: "0.0.9",
      command: "npx headgate trainer install --with boosting",
    });
  });

  it.each([
    ["a manifest that is no JSON", () => writeFileSync(join(folder, "headgate-trainer.json"), "{")],
    ["a Python that is gone", () => rmSync(join(folder, environments()[0] ?? "", "bin/python"))],
  ])("tells that it cannot be used: %s", async (_, damage) => {
    await run(["install"]);
    damage();
    const { code, out } = await run(["status", "--json"]);
    expect({ code, status: JSON.parse(out) }).toMatchObject({
      code: 1,
      status: { state: "broken", reason: expect.any(String), command: "npx headgate trainer install" },
    });
    expect((await run(["install"])).code).toBe(0);
    expect((await run(["status"])).code).toBe(0);
  });
});

describe("headgate trainer uninstall", () => {
  it("leaves nothing, and says so where nothing was", async () => {
    await run(["install"]);
    expect(await run(["uninstall"])).toMatchObject({ code: 0, out: expect.stringContaining("removed") });
    expect(existsSync(folder)).toBe(false);
    expect(await run(["uninstall"])).toMatchObject({ code: 0, out: `${folder}: nothing was installed\n` });
  });
});
