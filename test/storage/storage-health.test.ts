/** What is known of files that the disk refuses: a word for clients, advice for operators, and when it is over. */
import { describe, expect, it } from "vitest";
import { cannotBeUsed } from "../../gateway/storage/data-folder.js";
import type { TableWrite } from "../../gateway/storage/lmdb/environment.js";
import { StorageHealth } from "../../gateway/storage/storage-health.js";
import { inBrackets, writeFaultOf } from "../../gateway/storage/write-fault.js";
import { FakeClock } from "../support/clock.js";

/** A file whose disk is full when the test says so. */
function harness() {
  const clock = new FakeClock();
  const events: string[] = [];
  const health = new StorageHealth(clock, {
    failed: (file, { reason }) => events.push(`${file} failed: ${reason}`),
    recovered: (file) => events.push(`${file} recovered`),
  });
  const disk = { refusal: undefined as Error | undefined, atOnce: 0, most: 0, written: 0 };
  const writer = health.watch("answers.mdb", {
    async write(_: readonly TableWrite[]) {
      disk.most = Math.max(disk.most, ++disk.atOnce);
      await Promise.resolve();
      disk.atOnce--;
      if (disk.refusal !== undefined) throw disk.refusal;
      disk.written++;
    },
    close: async () => {},
  });
  return { clock, events, health, writer, disk };
}

const full = Object.assign(new Error("No space left on device"), { code: 28 });

describe("a file that the disk refuses", () => {
  it("is trouble until it can be written again, which is tried without anybody asking", async () => {
    const { clock, events, health, writer, disk } = harness();
    await writer.write([]);
    expect(health.trouble).toBeUndefined();
    disk.refusal = full;
    await expect(writer.write([])).rejects.toBe(full);
    expect(health.trouble).toBe("the data folder cannot be written: no space is left on its disk");
    await clock.advance(10_000);
    expect(health.figures).toEqual([{ file: "answers.mdb", failures: 6, writable: false }]);
    disk.refusal = undefined;
    await clock.advance(2_000);
    expect(health.trouble).toBeUndefined();
    expect(health.figures).toEqual([{ file: "answers.mdb", failures: 6, writable: true }]);
    expect(events).toEqual(["answers.mdb failed: no space is left on its disk", "answers.mdb recovered"]);
    const { written } = disk;
    await clock.advance(60_000);
    expect(disk.written).toBe(written);
  });

  it("is never asked for two transactions at once, probes included", async () => {
    const { clock, writer, disk } = harness();
    disk.refusal = full;
    await Promise.allSettled([writer.write([]), writer.write([])]);
    await Promise.allSettled([writer.write([]), clock.advance(2_000), writer.write([])]);
    expect(disk.most).toBe(1);
  });

  it("is let be once it is closed", async () => {
    const { clock, writer, disk, health } = harness();
    disk.refusal = full;
    await writer.write([]).catch(() => undefined);
    await writer.close();
    await clock.advance(60_000);
    expect(health.figures[0]?.failures).toBe(1);
  });
});

describe("what helps", () => {
  it.each<[string, object, RegExp, RegExp]>([
    ["a full disk, of the system", { code: "ENOSPC", message: "ENOSPC: no space" }, /no space/, /Free space/],
    ["a full disk, of LMDB", { code: 28, message: "x" }, /no space/, /Free space/],
    ["a full disk, by its words", { message: "No space left on device" }, /no space/, /Free space/],
    ["a quota", { code: "EDQUOT", message: "x" }, /quota/, /quota/],
    ["a disk mounted read-only", { code: "EROFS", message: "x" }, /read-only/, /Mount/],
    ["another's folder", { code: "EACCES", message: "x" }, /may not write/, /user that runs/],
    ["a broken disk", { code: 5, message: "Input/output error" }, /full or broken/, /replace it/],
  ])("is said of %s", (_, error, reason, advice) => {
    expect(writeFaultOf(error)).toMatchObject({
      reason: expect.stringMatching(reason),
      advice: expect.stringMatching(advice),
    });
    expect(inBrackets(error)).toMatch(reason);
  });

  it("stands in the refusal to start, in the place of what helps with a damaged file", () => {
    const refused = (error: Error) =>
      cannotBeUsed("/data/regimes.mdb", error, "Put a backup in its place.").message;
    const readOnly = Object.assign(new Error("EROFS: read-only file system"), { code: "EROFS" });
    expect(refused(readOnly)).toMatch(/^data: \/data\/regimes\.mdb cannot be used: .* Mount .* for writing/);
    expect(refused(readOnly)).not.toContain("backup");
    expect(refused(new Error("it is no LMDB file"))).toContain("no LMDB file. Put a backup in its place.");
  });

  it("is not made up for what is no refusal of the disk", () => {
    expect(writeFaultOf(new Error("MDB_CORRUPTED"))).toBeUndefined();
    expect(inBrackets(new Error("MDB_CORRUPTED"))).toBe("");
  });
});
