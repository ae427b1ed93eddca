/** A key set in a file: read again when it changes, and the last good one kept. */
import { execFileSync } from "node:child_process";
import { mkdtemp, rm, unlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { JwtBench } from "../../support/authenticating.js";
import { TestIssuer } from "../../support/issuer.js";

const name = "https://idp.example";
let folder: string;
let old: TestIssuer;
let rotated: TestIssuer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "headgate-jwks-"));
  old = await TestIssuer.create(name, "key-1", "ES256", 0);
  rotated = await TestIssuer.create(name, "key-2", "ES256", 1);
});

afterAll(() => rm(folder, { recursive: true }));

const long = (issuer: TestIssuer) => issuer.token({ exp: 2_000_000_000 });

async function read(file: string): Promise<JwtBench> {
  const bench = new JwtBench([{ issuer: name, jwks_file: file }]);
  await bench.authenticator.start();
  return bench;
}

/** The outcome of the next look at the file. */
async function next(bench: JwtBench): Promise<string | undefined> {
  const before = bench.outcomes.length;
  await bench.clock.advance(5_000);
  while (bench.outcomes.length === before) await bench.clock.settle();
  return bench.outcomes.at(-1)?.replace(`${name} `, "");
}

it("a changed file is taken within five seconds", async () => {
  const file = join(folder, "changed.json");
  await writeFile(file, old.keySet);
  const bench = await read(file);
  expect(await bench.outcome(await long(old))).toBe("accepted");
  expect(await next(bench)).toBe("unchanged");
  await writeFile(file, rotated.keySet);
  expect(await next(bench)).toBe("updated");
  expect(await bench.outcome(await long(rotated))).toBe("accepted");
  expect(await bench.outcome(await long(old))).toBe("unknown_key");
  bench.authenticator.close();
});

it.each<[string, string, (file: string) => Promise<void>]>([
  ["half written", "invalid", (file) => writeFile(file, rotated.keySet.slice(0, 40))],
  ["emptied", "invalid", (file) => writeFile(file, "")],
  ["too large", "too_large", (file) => writeFile(file, " ".repeat(256 * 1_024) + rotated.keySet)],
  ["removed", "unreadable", (file) => unlink(file)],
  [
    "a pipe",
    "unreadable",
    async (file) => {
      await unlink(file);
      execFileSync("mkfifo", [file]);
    },
  ],
])("a file that is %s changes nothing until it is whole again", async (what, outcome, change) => {
  const file = join(folder, `${what}.json`);
  await writeFile(file, old.keySet);
  const bench = await read(file);
  await change(file);
  expect(await next(bench)).toBe(outcome);
  expect(await bench.outcome(await long(old))).toBe("accepted");
  expect(await bench.outcome(await long(rotated))).toBe("issuer_unavailable");
  await rm(file, { force: true });
  await writeFile(file, rotated.keySet);
  expect(await next(bench)).toBe("updated");
  expect(await bench.outcome(await long(rotated))).toBe("accepted");
  bench.authenticator.close();
});

it("a file that is missing at the start is taken when it is there", async () => {
  const file = join(folder, "later.json");
  const bench = await read(file);
  expect(await bench.outcome(await long(old))).toBe("issuer_unavailable");
  await writeFile(file, old.keySet);
  expect(await next(bench)).toBe("updated");
  expect(await bench.outcome(await long(old))).toBe("accepted");
  bench.authenticator.close();
});
