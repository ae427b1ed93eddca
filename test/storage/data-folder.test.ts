/** A data folder that cannot be used is refused at the start, naming it and what to do; nothing in it changes. */
import { copyFileSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { open } from "lmdb";
import { describe, expect, it, onTestFinished } from "vitest";
import { fileName } from "../../gateway/regimes/journal/lmdb/open.js";
import { FolderInUseError, FolderLock } from "../../gateway/storage/folder-lock.js";
import { environmentOptions, pack } from "../../gateway/storage/lmdb/environment.js";
import { startGateway } from "../raw-client/gateway-process.js";
import { FakeClock } from "../support/clock.js";
import { newFolder, openJournal } from "../support/lmdb.js";
import { change } from "../support/regimes.js";
import { repositoryOf } from "../support/repository.js";

const key = { namespace: "desk", topic: "regime.SPX" };

/** A folder with a log in it, and the log's file. */
async function written(): Promise<{ folder: string; file: string }> {
  const folder = await newFolder();
  const journal = await openJournal(folder, new FakeClock());
  const events = Array.from({ length: 3_000 }, () => ({ key, data: change() }));
  await journal.commit({ events });
  await journal.close();
  return { folder, file: join(folder, fileName) };
}

const refused = (folder: string, why: RegExp) => async () => {
  await expect(openJournal(folder, new FakeClock())).rejects.toMatchObject({
    name: "DataFolderError",
    message: expect.stringMatching(why),
  });
};

describe("a file that is damaged", () => {
  it.each<[string, (file: string) => void, RegExp]>([
    ["is no LMDB file", (file) => writeFileSync(file, "x".repeat(100_000)), /is no LMDB file/],
    ["is cut off in its header", (file) => truncateSync(file, 100), /is no LMDB file/],
    [
      "lacks its end",
      (file) => truncateSync(file, Math.floor(statSync(file).size / 8_192) * 4_096),
      /bytes at its end are missing/,
    ],
    ["is empty", (file) => writeFileSync(file, ""), /is no LMDB file/],
  ])("because it %s is refused, and stays as it is", async (_, damage, why) => {
    const { folder, file } = await written();
    damage(file);
    const before = readFileSync(file);
    await refused(folder, why)();
    await refused(folder, new RegExp(`${file}.*Put a backup in its place, or move it away`))();
    expect(readFileSync(file).equals(before)).toBe(true);
  });

  it("is put right by a backup", async () => {
    const { folder, file } = await written();
    copyFileSync(file, `${file}.backup`);
    truncateSync(file, 5_000);
    await refused(folder, /damaged|missing|no LMDB/)();
    copyFileSync(`${file}.backup`, file);
    const journal = await openJournal(folder, new FakeClock());
    expect(journal.lastOffset(key)).toBe(3_000);
  });
});

it("a file of a newer gateway is refused, and stays as it is", async () => {
  const { folder, file } = await written();
  const environment = open<Uint8Array, string>(environmentOptions(file));
  const meta = environment.openDB<Uint8Array, string>({ name: "meta", encoding: "binary" });
  meta.transactionSync(() => void meta.putSync("format", Buffer.from(pack(2))));
  await environment.close();
  const before = readFileSync(file);
  await refused(folder, /written by a newer gateway \(format 2, this one knows 1\)/)();
  expect(readFileSync(file).equals(before)).toBe(true);
});

describe("two gateways on one folder", () => {
  it("the second is refused while the first lives, and not after", async () => {
    const folder = await newFolder();
    const first = await FolderLock.take(folder);
    await expect(FolderLock.take(folder)).rejects.toThrow(FolderInUseError);
    await expect(FolderLock.take(folder)).rejects.toThrow(
      `data: another gateway is using the folder ${folder}. Stop it, or give this one a folder of its own (--data).`,
    );
    await first.release();
    const second = await FolderLock.take(folder);
    await second.release();
  });

  it("of many that start at once one gets it", async () => {
    const folder = await newFolder();
    const takes = await Promise.allSettled(Array.from({ length: 8 }, () => FolderLock.take(folder)));
    const taken = takes.flatMap((take) => (take.status === "fulfilled" ? [take.value] : []));
    expect(taken).toHaveLength(1);
    for (const lock of taken) await lock.release();
  });

  it("as processes: the second ends and says why; a killed one leaves no lock behind", async () => {
    const [folder, models] = [await newFolder(), await repositoryOf({})];
    const first = await startGateway(folder, { models });
    onTestFinished(() => first.kill());
    await expect(startGateway(folder, { models })).rejects.toThrow(/another gateway is using the folder/);
    await first.kill();
    const second = await startGateway(folder, { models });
    await second.kill();
  });
});
