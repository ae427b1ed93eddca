/** A data folder's files made smaller: what they hold stays, and a gateway that has the folder is never disturbed. */
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { truncate } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { compactFolder } from "../../gateway/cli/compact.js";
import { openLmdbAnswers } from "../../gateway/idempotency/open.js";
import { FolderInUseError, FolderLock } from "../../gateway/storage/folder-lock.js";
import { makePrivate } from "../../gateway/storage/folder-rights.js";
import { FakeClock } from "../support/clock.js";
import { builtPrograms } from "../support/gateway.js";
import { endless, newFolder, openJournal } from "../support/lmdb.js";

const key = { namespace: "desk", topic: "regime.SPX" };
const bounds = { ageMaxMs: 1e9, countMax: 1_000, bytesMax: 1e9 };

function event(stream: string) {
  const data = { kind: "stream_closed", stream, reason: "closed", observations: 0, last_ts: null } as const;
  return { key, data };
}

/** A folder whose journal and answers hold little, in files that once held much. */
async function grown() {
  const folder = await newFolder();
  const clock = new FakeClock();
  const journal = await openJournal(folder, clock, { ...endless, countMax: 10 });
  for (let each = 0; each < 40; each++)
    await journal.commit({
      events: Array.from({ length: 100 }, (_, i) => event(`${each}-${i}`.padEnd(500, "."))),
    });
  await journal.commit({ cursor: { name: "hook", position: 4_000 } });
  const answers = await openLmdbAnswers<string>(folder, clock, { ...bounds, countMax: 5 }, builtPrograms);
  for (let each = 0; each < 100; each++)
    await answers.keep("desk", `k${each}`, { fingerprint: "f", answer: String(each).repeat(10_000) });
  await answers.close();
  const used = journal.usedBytes;
  const { epoch } = journal;
  const kept = await journal.read(key, 3_990, 100);
  await journal.close();
  return { folder, clock, used, epoch, kept };
}

function bytesOf(folder: string, file: string): number {
  return statSync(join(folder, file)).size;
}

describe("compacting a data folder", () => {
  it("leaves the pages that are used, of the journal and of the answers, and everything that was in them", async () => {
    const { folder, clock, used, epoch, kept } = await grown();
    const before = bytesOf(folder, "regimes.mdb");
    const lines = await compactFolder(folder, builtPrograms);
    const after = bytesOf(folder, "regimes.mdb");
    expect(after).toBeLessThan(before / 2);
    expect(Math.abs(after - used)).toBeLessThan(8 * 4_096); // what is used is all that is left
    expect(lines[0]).toMatch(
      new RegExp(`^regimes\\.mdb: ${before} bytes before, ${after} after; \\d+ records`),
    );
    expect(lines[1]).toMatch(/^answers\.mdb: \d+ bytes before, \d+ after/);
    expect(bytesOf(folder, "answers.mdb")).toBeLessThan(400_000);
    expect(statSync(join(folder, "regimes.mdb")).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder).filter((name) => !/^(regimes|answers)\.mdb(-lock)?$/.test(name))).toEqual([]);

    const journal = await openJournal(folder, clock);
    expect(journal.epoch).toBe(epoch);
    expect(kept).toHaveLength(10);
    expect(await journal.read(key, 3_990, 100)).toEqual(kept);
    expect(await journal.cursor("hook")).toBe(4_000);
    await journal.commit({ events: [event("after")] });
    expect(journal.lastOffset(key)).toBe(4_001);
    const answers = await openLmdbAnswers<string>(folder, clock, bounds, builtPrograms);
    expect(answers.find("desk", "k99")).toMatchObject({ answer: "99".repeat(10_000) });
    await answers.close();
    await journal.close();
    expect((await openJournal(folder, clock)).lastOffset(key)).toBe(4_001);
  });

  it("refuses a folder that a gateway has, and one that holds nothing of a gateway", async () => {
    const { folder } = await grown();
    const before = bytesOf(folder, "regimes.mdb");
    const lock = await FolderLock.take(folder);
    await expect(compactFolder(folder, builtPrograms)).rejects.toThrow(FolderInUseError);
    expect(bytesOf(folder, "regimes.mdb")).toBe(before);
    await lock.release();
    const other = await newFolder();
    await expect(compactFolder(other, builtPrograms)).rejects.toThrow(/holds no regimes\.mdb.*--data/);
    expect(readdirSync(other)).toEqual([]);
  });

  it("begins anew after one that was killed, whose half copy a gateway does not mind", async () => {
    const { folder, clock, kept } = await grown();
    mkdirSync(join(folder, "compacting"), { mode: 0o700 });
    writeFileSync(join(folder, "compacting", "regimes.mdb"), "half of a copy");
    expect(makePrivate(folder)).toEqual([]);
    const journal = await openJournal(folder, clock);
    expect(await journal.read(key, 3_990, 100)).toEqual(kept);
    await journal.close();
    await compactFolder(folder, builtPrograms);
    expect(existsSync(join(folder, "compacting"))).toBe(false);
    expect(await (await openJournal(folder, clock)).read(key, 3_990, 100)).toEqual(kept);
  });

  it("leaves a damaged file as it is, naming it", async () => {
    const { folder } = await grown();
    const path = join(folder, "regimes.mdb");
    await truncate(path, 100);
    await expect(compactFolder(folder, builtPrograms)).rejects.toThrow(
      /regimes\.mdb cannot be used.*left as it is/,
    );
    expect(bytesOf(folder, "regimes.mdb")).toBe(100);
    await (await FolderLock.take(folder)).release();
  });
});
