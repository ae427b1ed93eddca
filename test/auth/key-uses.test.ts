/** Uses are counted in memory and written every ten seconds, so that a kill loses those of ten seconds at most. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { KeyUses, keyUseFile, readKeyUses } from "../../gateway/auth/key-uses.js";
import { FakeClock } from "../support/clock.js";
import { newFolder } from "../support/keys.js";
import { until } from "../support/until.js";

async function opened(folder = newFolder()) {
  const clock = new FakeClock();
  const errors: unknown[] = [];
  const path = join(folder, keyUseFile);
  const uses = new KeyUses(path, clock, (error) => errors.push(error));
  await uses.read();
  return { clock, errors, path, uses };
}

it("counts uses, and writes them every ten seconds and at the end", async () => {
  const { clock, path, uses } = await opened();
  uses.start(() => {});
  uses.used("one0");
  await clock.advance(500);
  uses.used("one0");
  uses.used("two0");
  expect(existsSync(path)).toBe(false);
  await clock.advance(9_500);
  await until(async () => expect(clock.armed).toBe(1));
  const at = (ms: number) => ({ lastUsedAt: 1_700_000_000_000 + ms });
  expect(await readKeyUses(path)).toEqual(
    new Map([
      ["one0", { uses: 2, ...at(500) }],
      ["two0", { uses: 1, ...at(500) }],
    ]),
  );
  uses.used("two0");
  await uses.stop();
  expect((await readKeyUses(path)).get("two0")).toEqual({ uses: 2, ...at(10_000) });
});

it("goes on from the figures of the gateway before, and writes nothing while nothing is used", async () => {
  const { path, uses } = await opened();
  uses.used("one0");
  await uses.stop();
  const again = await opened(join(path, ".."));
  again.uses.used("one0");
  await again.uses.stop();
  expect((await readKeyUses(path)).get("one0")?.uses).toBe(2);
  rmSync(path);
  const idle = await opened(join(path, ".."));
  await idle.uses.stop();
  expect(existsSync(path)).toBe(false);
});

it("counts a key of an open connection as in use, without a further use", async () => {
  const { clock, path, uses } = await opened();
  uses.used("one0");
  uses.start(() => uses.seen("one0"));
  await clock.advance(10_000);
  await until(async () => expect(clock.armed).toBe(1));
  expect((await readKeyUses(path)).get("one0")).toEqual({ uses: 1, lastUsedAt: 1_700_000_010_000 });
});

it("tells a disk that refuses, keeps the figures and tries again", async () => {
  const { clock, errors, path, uses } = await opened();
  mkdirSync(`${path}.new`); // the place beside the file is taken by a folder
  writeFileSync(join(`${path}.new`, "file"), "");
  uses.used("one0");
  uses.start(() => {});
  await clock.advance(10_000);
  await until(async () => expect(errors).toHaveLength(1));
  rmSync(`${path}.new`, { recursive: true });
  await until(async () => expect(clock.armed).toBe(1));
  await clock.advance(10_000);
  await until(async () => expect(existsSync(path)).toBe(true));
});

it.each(["", "{", "[]", '{"format":1,"keys":{"one0":{"uses":-1}}}'])(
  "a file of %j counts as none",
  async (text) => {
    const path = join(newFolder(), keyUseFile);
    writeFileSync(path, text);
    expect(await readKeyUses(path)).toEqual(new Map());
  },
);

/** Writes the file without pause, so that a kill meets it at every step of a writing. */
const writer = `
  import { replaceFile } from "./dist/gateway/auth/replace-file.js";
  const keys = Object.fromEntries(Array.from({ length: 2_000 }, (_, i) =>
    ["key" + i, { uses: i, last_used_at: "2026-11-28T00:00:00.000Z" }]));
  for (;;) { await replaceFile(process.argv[1], JSON.stringify({ format: 1, keys })); process.send?.("written"); }
`;

it("is whole after a kill at any step of a writing", { timeout: 60_000 }, async () => {
  const path = join(newFolder(), keyUseFile);
  for (let kill = 0; kill < 12; kill++) {
    const child: ChildProcess = spawn(process.execPath, ["--input-type=module", "-e", writer, path], {
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    await new Promise((resolve) => child.once("message", resolve));
    for (let spin = 0; spin < kill; spin++) await new Promise((resolve) => setImmediate(resolve));
    child.kill("SIGKILL");
    await new Promise((resolve) => child.once("exit", resolve));
    expect((await readKeyUses(path)).size).toBe(2_000);
  }
  // What a kill left beside the file does not stand in the way of the next writing.
  writeFileSync(`${path}.new`, "half", { mode: 0o400 });
  const { uses } = await opened(join(path, ".."));
  uses.used("another0");
  await uses.stop();
  expect(JSON.parse(readFileSync(path, "utf8")).keys.another0.uses).toBe(1);
});
