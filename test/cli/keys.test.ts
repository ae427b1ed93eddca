/** `headgate keys`, as it is typed: what it prints and where, what it writes, how it exits. */
import { execFile } from "node:child_process";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { beforeEach, expect, it, vi } from "vitest";
import { parseKeysFile } from "../../gateway/auth/key-records.js";
import { hashOfToken } from "../../gateway/auth/key-token.js";
import { newFolder } from "../support/keys.js";

const program = fileURLToPath(new URL("../../dist/gateway/main.js", import.meta.url));
vi.setConfig({ testTimeout: 60_000 });
const run = promisify(execFile);

let folder: string;
let file: string;
beforeEach(() => {
  folder = newFolder();
  file = join(folder, "keys.json");
});

const headgate = (...args: string[]) =>
  run(process.execPath, [program, "keys", ...args], { cwd: folder }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    ({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }) => ({
      code,
      stdout,
      stderr,
    }),
  );
const records = () => parseKeysFile(readFileSync(file, "utf8"));
const alpha = ["create", "--tenant", "alpha", "--scopes", "models:infer,fits:run"] as const;

it("creates a key whose token is printed alone, and kept nowhere", async () => {
  const { code, stdout, stderr } = await headgate(...alpha, "--expires", "90d", "--note", "desk one");
  expect(code).toBe(0);
  expect(stdout).toMatch(/^hg_[0-9a-z]{10}_[\w-]{43}\n$/);
  const token = stdout.trim();
  expect(stderr).toMatch(/^Key \w{10} of tenant alpha is in keys\.json until 20/);
  expect(stderr).not.toContain(token);
  expect(readFileSync(file, "utf8")).not.toContain(token.slice(16));
  const [record] = records();
  expect(record).toMatchObject({
    sha256: hashOfToken(token),
    tenant: "alpha",
    namespace: "default",
    scopes: ["models:infer", "fits:run"],
    note: "desk one",
  });
  const lifetime = Date.parse(record?.expires_at ?? "") - Date.parse(record?.created_at ?? "");
  expect(Math.round(lifetime / 86_400_000)).toBe(90);
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

it("writes the token to a new file of its owner's alone, and makes no key where it cannot", async () => {
  const made = await headgate(...alpha, "--token-file", "token", "--json");
  const token = readFileSync(join(folder, "token"), "utf8").trim();
  expect(JSON.parse(made.stdout)).toMatchObject({ tenant: "alpha", token_file: "token" });
  expect(made.stdout + made.stderr).not.toContain(token);
  expect(records()[0]?.sha256).toBe(hashOfToken(token));
  expect(statSync(join(folder, "token")).mode & 0o777).toBe(0o600);
  expect(await headgate(...alpha, "--token-file", "token")).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("token is there already, and is not overwritten"),
  });
  expect(records()).toHaveLength(1);
  writeFileSync(file, "{");
  expect((await headgate(...alpha, "--token-file", "other")).code).toBe(1);
  expect(existsSync(join(folder, "other"))).toBe(false);
});

it("lists, rotates and revokes", async () => {
  await headgate(...alpha);
  const [old] = records();
  const rotation = await headgate("rotate", old?.id ?? "", "--overlap", "2h", "--json");
  const successor = JSON.parse(rotation.stdout);
  expect(successor).toMatchObject({
    tenant: "alpha",
    scopes: old?.scopes,
    token: expect.stringMatching(/^hg_/),
  });
  expect(records()[0]?.expires_at).toBeDefined();
  expect(records()[1]?.sha256).toBe(hashOfToken(successor.token));

  expect(await headgate("revoke", successor.id)).toMatchObject({
    code: 0,
    stdout: `Key ${successor.id} is revoked.\n`,
  });
  const listed = await headgate("list");
  expect(listed.stdout).toMatch(
    new RegExp(`^${old?.id} +alpha +default +active +20.* - +- +models:infer,fits:run`, "m"),
  );
  expect(listed.stdout).toMatch(new RegExp(`^${successor.id} +alpha +default +revoked +never`, "m"));
  const json = JSON.parse((await headgate("list", "--json")).stdout);
  expect(json).toMatchObject([
    { id: old?.id, state: "active", uses: null },
    { id: successor.id, state: "revoked", last_used_at: null },
  ]);
  expect(JSON.stringify(json)).not.toContain(old?.sha256);
});

it("adds up the uses that several gateways saw", async () => {
  await headgate(...alpha);
  const id = records()[0]?.id ?? "";
  for (const [name, uses, last_used_at] of [
    ["one", 3, "2026-11-27T10:00:00.000Z"],
    ["two", 4, "2026-11-28T11:30:00.000Z"],
  ] as const) {
    const data = join(folder, name);
    await run("mkdir", [data]);
    writeFileSync(
      join(data, "key-use.json"),
      JSON.stringify({ format: 1, keys: { [id]: { uses, last_used_at } } }),
    );
  }
  const { stdout } = await headgate("list", "--data", "one", "--data", "two");
  expect(stdout).toMatch(/2026-11-28T11:30 +7 /);
  writeFileSync(
    join(folder, "gateway.json"),
    JSON.stringify({ auth: { keys_file: "keys.json" }, data: "one" }),
  );
  const { stdout: json } = await headgate("list", "--config", "gateway.json", "--json");
  expect(JSON.parse(json)).toMatchObject([{ uses: 3, last_used_at: "2026-11-27T10:00:00.000Z" }]);
});

it("keeps both keys of two commands at the same time, and of eight", async () => {
  const made = await Promise.all(Array.from({ length: 8 }, () => headgate(...alpha)));
  expect(made.map(({ code }) => code)).toEqual(Array(8).fill(0));
  expect(
    records()
      .map(({ sha256 }) => sha256)
      .sort(),
  ).toEqual(made.map(({ stdout }) => hashOfToken(stdout.trim())).sort());
});

const refused: readonly [string[], RegExp][] = [
  [["create", "--scopes", "all"], /required option '--tenant <name>' not specified/],
  [["create", "--tenant", "a"], /required option '--scopes <list>' not specified/],
  [["create", "--tenant", "a b", "--scopes", "all"], /--tenant: 1 to 64 of letters/],
  [["create", "--tenant", "a", "--scopes", "models:infre"], /--scopes: .*models:infer/],
  [["create", "--tenant", "a", "--scopes", ","], /--scopes <list>.*give a list such as a,b,c/],
  [["create", "--tenant", "a", "--scopes", "all", "--expires", "soon"], /give a duration such as 90d/],
  [["create", "--tenant", "a", "--scopes", "all", "--expires", "2020-01-01"], /that time has passed/],
  [["create", "--tenant", "a", "--scopes", "all", "--expires", "9999w"], /up to ten years/],
  [["create", "--tenant", "a", "--scopes", "all", "--note", "x".repeat(257)], /at most 256 characters/],
  [["list"], /keys\.json: there is no such file; headgate keys create makes it/],
  [["revoke", "nope"], /keys\.json: there is no key nope: headgate keys list tells/],
  [["rotate", "nope", "--overlap", "1 day"], /a duration is a number and s, m, h, d or w/],
  [["lst"], /no command lst \(did you mean list\?\); there are create, list, rotate, revoke/],
];

it("exits with 1 and says what to do about a command that it cannot carry out", async () => {
  const outcomes = await Promise.all(refused.map(([args]) => headgate(...args)));
  for (const [at, [args, why]] of refused.entries()) {
    expect(outcomes[at]?.stderr, args.join(" ")).toMatch(why);
    expect(outcomes[at]?.code, args.join(" ")).toBe(1);
  }
  expect(existsSync(file)).toBe(false);
});

it("explains itself, with examples", async () => {
  const { code, stdout } = await headgate("--help");
  expect(code).toBe(0);
  for (const word of ["create", "list", "rotate", "revoke", "Examples:", "auth.keys_file"])
    expect(stdout).toContain(word);
});

it("is given what it needs wherever the documentation shows it", () => {
  const pages = ["authentication", "deploy", "operations", "security"].map((page) =>
    readFileSync(new URL(`../../docs/${page}.md`, import.meta.url), "utf8"),
  );
  const shown = pages.flatMap((page) =>
    page
      .replaceAll("\\\n", " ")
      .split("\n")
      .filter((line) => /^[^`]*\bkeys create --/.test(line)),
  );
  expect(shown.length).toBeGreaterThan(3);
  for (const line of shown) expect(line).toMatch(/ --tenant \S+ .*--scopes \S+/);
});
