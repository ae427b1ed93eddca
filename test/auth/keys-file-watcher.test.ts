/** A running gateway follows its keys file; what cannot be used changes nothing and is told once. */
import { execFileSync } from "node:child_process";
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { type KeyRecord, keysFileText } from "../../gateway/auth/key-records.js";
import { KeysFileWatcher, recordsInSlices } from "../../gateway/auth/keys-file-watcher.js";
import { FakeClock } from "../support/clock.js";
import { keysFileOf, newFolder, newKey } from "../support/keys.js";
import { until } from "../support/until.js";

async function watching(path: string) {
  const clock = new FakeClock();
  const told: string[] = [];
  let records: readonly KeyRecord[] = [];
  const watcher = new KeysFileWatcher(path, clock, {
    loaded: (given) => {
      records = given;
      told.push(`loaded ${given.length}`);
    },
    kept: (outcome, error) => told.push(`${outcome}: ${error.message}`),
  });
  await watcher.start();
  onTestFinished(() => watcher.stop());
  return {
    told,
    ids: () => records.map(({ id }) => id),
    /** One more look, a second later. */
    async look() {
      await clock.advance(1_000);
      await until(async () => expect(clock.armed).toBe(1)); // the look is over, and the next one is due
    },
  };
}

it("reads the file at the start and when it changes, and not otherwise", async () => {
  const [first, second] = [newKey().record, newKey().record];
  const path = keysFileOf([first]);
  const { told, look, ids } = await watching(path);
  expect(ids()).toEqual([first.id]);
  for (let second = 0; second < 5; second++) await look();
  expect(told).toEqual(["loaded 1"]);
  writeFileSync(`${path}.new`, keysFileText([first, second]));
  renameSync(`${path}.new`, path);
  await look();
  expect(ids()).toEqual([first.id, second.id]);
  expect(told).toEqual(["loaded 1", "loaded 2"]);
});

it("keeps the last good keys while the file is half written, broken or gone, and tells each once", async () => {
  const { record } = newKey();
  const path = keysFileOf([record]);
  const { told, look, ids } = await watching(path);
  const text = keysFileText([record]);
  for (const [change, outcome] of [
    [
      () => writeFileSync(path, text.slice(0, 100)),
      "rejected: the file is not valid JSON; it may be half written",
    ],
    [() => writeFileSync(path, ""), "rejected: the file is empty"],
    [() => writeFileSync(path, text.replace("desk", "a b")), /^rejected: keys\.0\.tenant: /],
    [() => rmSync(path), /^missing: /],
    [() => writeFileSync(path, text), "loaded 1"],
  ] as const) {
    change();
    for (let second = 0; second < 4; second++) await look();
    expect(told.at(-1)).toMatch(outcome);
    expect(ids()).toEqual([record.id]);
  }
  expect(told).toHaveLength(6);
});

it.each<[string, (path: string) => void]>([
  ["a pipe", (path) => execFileSync("mkfifo", [path])],
  ["an endless device", (path) => symlinkSync("/dev/zero", path)],
  ["a folder", (path) => mkdirSync(path)],
])("goes on looking after the file was %s for a moment", async (_, make) => {
  const [first, second] = [newKey().record, newKey().record];
  const path = keysFileOf([first]);
  const { told, look, ids } = await watching(path);
  rmSync(path);
  make(path);
  for (let looks = 0; looks < 3; looks++) await look();
  expect(told).toEqual(["loaded 1", "rejected: the file is no plain file"]);
  expect(ids()).toEqual([first.id]);
  rmSync(path, { recursive: true });
  writeFileSync(path, keysFileText([first, second]));
  await look();
  expect(ids()).toEqual([first.id, second.id]);
});

it("takes keys from a file that comes after the start", async () => {
  const path = join(newFolder(), "keys.json");
  const { told, look, ids } = await watching(path);
  expect(told).toEqual([expect.stringMatching(/^missing: /)]);
  const { record } = newKey();
  writeFileSync(path, keysFileText([record]));
  await look();
  expect(ids()).toEqual([record.id]);
});

it("checks 10,000 keys in slices, and lets others work in between", async () => {
  const records = Array.from({ length: 10_000 }, () => newKey().record);
  const text = keysFileText(records);
  let turns = 0;
  let isChecking = true;
  const other = () => {
    turns++;
    if (isChecking) setImmediate(other);
  };
  setImmediate(other);
  const checked = await recordsInSlices(text); // nothing here waits for a disk, so each turn is a slice's end
  isChecking = false;
  expect(checked).toEqual(records);
  expect(turns).toBeGreaterThan(10_000 / 64 - 2);
});

it("reads a file of 10,000 keys", async () => {
  const records = Array.from({ length: 10_000 }, () => newKey().record);
  const { ids } = await watching(keysFileOf(records));
  expect(ids()).toEqual(records.map(({ id }) => id));
});
