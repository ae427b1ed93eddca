/** The keys file is replaced as a whole, is its owner's alone, and two changes at once are both kept. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { createdKey } from "../../gateway/auth/key-changes.js";
import { keysFileBytesMax, parseKeysFile } from "../../gateway/auth/key-records.js";
import { changeKeysFile, readKeyRecords, readKeysFile } from "../../gateway/auth/keys-file.js";
import { keysFileOf, newFolder, newKey } from "../support/keys.js";

const modeOf = (path: string) => statSync(path).mode & 0o777;
const adding = (path: string) =>
  changeKeysFile(path, (records) => {
    const told = createdKey(records, newKey().record, Date.now());
    return { records: [...records, told.record], told };
  });

it("is made with its first key, for its owner only", async () => {
  const path = join(newFolder(), "keys.json");
  const { record } = await adding(path);
  expect(await readKeyRecords(path)).toEqual([record]);
  expect(modeOf(path)).toBe(0o600);
  expect(readdirSync(join(path, ".."))).toEqual(["keys.json"]);
});

it("keeps what a group may read, and takes away what others may", async () => {
  const path = keysFileOf([]);
  chmodSync(path, 0o664);
  await adding(path);
  expect(modeOf(path)).toBe(0o640);
});

it("keeps the keys of all of 40 changes at the same time", async () => {
  const path = keysFileOf([newKey().record]);
  const made = await Promise.all(Array.from({ length: 40 }, () => adding(path)));
  const ids = parseKeysFile(readFileSync(path, "utf8")).map(({ id }) => id);
  expect(ids).toHaveLength(41);
  expect(ids).toEqual(expect.arrayContaining(made.map(({ record }) => record.id)));
});

it("is changed where a link to it leads, and the link stays", async () => {
  const path = keysFileOf([]);
  const folder = newFolder();
  symlinkSync(path, join(folder, "keys.json"));
  await adding(join(folder, "keys.json"));
  expect(await readKeyRecords(path)).toHaveLength(1);
  expect(readdirSync(folder)).toEqual(["keys.json"]);
});

it("is unchanged, and unlocked, after a change that failed", async () => {
  const path = keysFileOf([newKey().record]);
  const before = readFileSync(path, "utf8");
  const failed = changeKeysFile(path, () => {
    throw new Error("no");
  });
  await expect(failed).rejects.toThrow("no");
  expect(readFileSync(path, "utf8")).toBe(before);
  expect(existsSync(`${path}.lock`)).toBe(false);
});

it("that is broken is not written over, and the error names the file and the field", async () => {
  const path = join(newFolder(), "keys.json");
  writeFileSync(path, '{"format": 1, "keys": [{}]}');
  await expect(adding(path)).rejects.toThrow(`${path}: keys.0.id: `);
  expect(readFileSync(path, "utf8")).toBe('{"format": 1, "keys": [{}]}');
});

it("that is not there, is a folder or is too large is refused with what to do", async () => {
  const folder = newFolder();
  const path = join(folder, "keys.json");
  await expect(readKeyRecords(path)).rejects.toThrow("there is no such file; headgate keys create makes it");
  mkdirSync(path);
  await expect(readKeyRecords(path)).rejects.toThrow(/the file is no plain file/);
  const large = join(folder, "large.json");
  writeFileSync(large, Buffer.alloc(keysFileBytesMax + 1, " "));
  await expect(readKeysFile(large)).rejects.toThrow(
    /has 16777217 bytes, and more than 16777216 bytes are not read/,
  );
});
