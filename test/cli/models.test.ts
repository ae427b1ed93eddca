/** `headgate models`, as it is typed: where it writes, what it prints, how it exits. */
import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it, onTestFinished, vi } from "vitest";
import { endless, modest } from "../support/hostile-models.js";
import { repositoryOf } from "../support/repository.js";

const program = fileURLToPath(new URL("../../dist/gateway/main.js", import.meta.url));
const exported = fileURLToPath(new URL("../golden/onnx/zipmap-strings.onnx", import.meta.url));
/** Each command starts a process, and that one another: half a minute of them on a machine with much else to do. */
vi.setConfig({ testTimeout: 90_000 });
const run = promisify(execFile);
const headgate = (...args: string[]) =>
  run(process.execPath, [program, "models", ...args]).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    ({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }) => ({
      code,
      stdout,
      stderr,
    }),
  );

it("adds, checks, and says what to do about what cannot be added", async () => {
  const models = await mkdtemp(join(tmpdir(), "headgate-command-"));
  onTestFinished(() => rm(models, { recursive: true, force: true }));

  const added = await headgate("add", exported, "--name", "risk", "--version", "3", "--models", models);
  expect(added).toMatchObject({ code: 0, stdout: expect.stringContaining(join(models, "risk", "3")) });
  expect(added.stdout).toContain("its columns calm, risky, wild");
  expect(await headgate("check", models)).toMatchObject({ code: 0, stdout: "ok      risk@3\n" });

  await writeFile(join(models, "broken.onnx"), "nothing of the kind");
  const broken = await headgate("add", join(models, "broken.onnx"), "--name", "broken", "--models", models);
  expect(broken).toMatchObject({ code: 1, stderr: expect.stringMatching(/broken\.onnx is no ONNX model/) });
  expect(await headgate("add", exported, "--name", "../up")).toMatchObject({ code: 1 });
  expect((await readdir(models)).sort()).toEqual(["broken.onnx", "risk"]);

  await rm(join(models, "risk", "3", "golden.json"));
  const refused = await headgate("check", models);
  expect(refused).toMatchObject({
    code: 1,
    stdout: expect.stringMatching(/^refused risk@3: .*no golden answer/),
  });
});

it("adds no model whose run has no end, leaves nothing of it, and checks the others beside one", async () => {
  const models = await repositoryOf({ endless: endless("endless"), modest: modest("modest") });
  const stuck = join(models, "endless", "1", "model.onnx");
  const added = await headgate("add", stuck, "--name", "again", "--models", models, "--proof-ms", "2500");
  expect(added).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/not proven within 2500 ms.*--proof-ms/),
  });
  expect((await readdir(models)).sort()).toEqual(["endless", "modest"]);

  const checked = await headgate("check", models, "--proof-ms", "2500");
  expect(checked.code).toBe(1);
  expect(checked.stdout).toMatch(/^refused endless@1: it was not proven within 2500 ms/);
  expect(checked.stdout).toMatch(/^ok {6}modest@1$/m);
});

it("makes a golden answer, lists, checks for a script, rolls back and removes", async () => {
  const models = await repositoryOf({ echo: { versions: ["1", "2"] }, bare: { golden: null } });
  const made = await headgate("golden", "bare", "--models", models);
  expect(made).toMatchObject({ code: 0, stdout: expect.stringContaining("ONNX Runtime's own") });
  const checked = await headgate("check", models, "--json");
  expect(checked.code).toBe(0);
  expect(JSON.parse(checked.stdout)).toMatchObject({
    folder: models,
    ok: true,
    models: [
      { name: "bare", version: "1", ok: true, reason: null },
      { name: "echo", version: "2", ok: true },
    ],
  });
  const listed = await headgate("list", models);
  expect(await headgate("list", "--models", models)).toEqual(listed);
  expect(await headgate("list", models, "--models", "others")).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("two repositories were given"),
  });
  expect(listed.stdout).toMatch(/^bare +1 +- +serves +100 % +never +\S+ \S+ +stability only$/m);
  expect(listed.stdout).toMatch(/^echo +1 +- +stands by +- /m);
  expect(await headgate("rollback", "echo", "--models", models)).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(
      /sends all traffic of echo to version 1\n.*a running gateway proves version 1/s,
    ),
  });
  const refused = await headgate("remove", "echo@1", "--models", models);
  expect(refused).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/the last that serves of echo: pass --yes/),
  });
  expect(await headgate("remove", "echo@2", "--models", models)).toMatchObject({ code: 0 });
  await writeFile(join(models, "echo", "1", "model.onnx"), "");
  const broken = await headgate("check", models, "--json");
  expect(broken.code).toBe(1);
  expect(JSON.parse(broken.stdout)).toMatchObject({
    ok: false,
    models: [{}, { ok: false, reason: expect.any(String) }],
  });
});

it("says its version, and what the models command has", async () => {
  const { version } = JSON.parse(await readFile(new URL("../../package.json", import.meta.url), "utf8"));
  const { stdout } = await run(process.execPath, [program, "--version"]);
  expect(stdout).toBe(`${version}\n`);
  const help = await headgate("--help");
  for (const word of ["add", "list", "check", "golden", "rollback", "remove", "Examples:"])
    expect(help.stdout).toContain(word);
});

it("makes keys, signs and verifies, and scans what a stranger gave without letting names speak to the terminal", async () => {
  const models = await repositoryOf({ risk: {}, plain: {} });
  const key = join(models, ".desk.pem");
  expect(await headgate("keygen", key)).toMatchObject({
    code: 0,
    stdout: expect.stringContaining(`${key}.pub is the public one`),
  });
  expect((await stat(key)).mode & 0o777).toBe(0o600);
  expect(await headgate("keygen", key)).toMatchObject({ code: 1, stderr: expect.stringContaining("EEXIST") });
  const signed = await headgate("sign", "risk", "--key", key, "--models", models);
  expect(signed).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/risk\/1 is signed: 2 files, \d+ bytes/),
  });

  const verified = await headgate("verify", models, "--key", `${key}.pub`);
  expect(verified.code).toBe(1);
  expect(verified.stdout).toMatch(/^verified {2}risk@1 by [0-9a-f]{32}$/m);
  expect(verified.stdout).toMatch(/^unsigned {2}plain@1: .*plain\/1 has no manifest\.json/m);
  expect(await headgate("verify", models, "--key", `${key}.pub`, "--model", "risk", "--json")).toMatchObject({
    code: 0,
  });

  const scanned = await headgate("scan", models);
  expect(scanned).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^ok {4}risk@1: 4 files, \d+ bytes, unverified$/m),
  });
  await writeFile(join(models, "plain", "1", "\u001b[2Jx.pkl"), "");
  const suspicious = await headgate("scan", models, "--strict");
  expect(suspicious.code).toBe(1);
  expect(suspicious.stdout).toContain("look at: \\u{1b}[2Jx.pkl is a pickle");
  expect(suspicious.stdout).not.toContain("\u001b");
  const json = await headgate("scan", models, "--json", "--key", `${key}.pub`);
  expect(json.code).toBe(1);
  expect(JSON.parse(json.stdout)).toMatchObject({
    ok: false,
    models: [
      {
        model: "plain",
        versions: [{ version: 1, faults: [expect.stringContaining("has no manifest.json")] }],
      },
      { model: "risk", versions: [{ version: 1, faults: [], signature: { state: "verified" } }] },
    ],
  });
});
