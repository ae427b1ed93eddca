/** Both stores of answers, and what only the one on disk can show. */
import { truncateSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Clock } from "../../gateway/clock.js";
import type { AnswerBounds } from "../../gateway/idempotency/answer-store.js";
import { answerDatabases, LmdbAnswers } from "../../gateway/idempotency/lmdb-answers.js";
import { MemoryAnswers } from "../../gateway/idempotency/memory-answers.js";
import { answersFileName, openLmdbAnswers } from "../../gateway/idempotency/open.js";
import type { TableWrite } from "../../gateway/storage/lmdb/environment.js";
import { TableFile } from "../../gateway/storage/lmdb/table-file.js";
import { WriterHandle } from "../../gateway/storage/lmdb/writer-handle.js";
import { answer, answerConformance, type TestAnswer } from "../conformance/answers.js";
import { FakeClock } from "../support/clock.js";
import { builtPrograms } from "../support/gateway.js";
import { newFolder } from "../support/lmdb.js";

const bounds = { countMax: 100, bytesMax: 1e6, ageMaxMs: 1_000 };

async function openIn(folder: string, clock: Clock, own: AnswerBounds = bounds) {
  const store = await openLmdbAnswers<TestAnswer>(folder, clock, own, builtPrograms);
  onTestFinished(() => store.close());
  return store;
}

answerConformance(
  "memory",
  async (clock, own) => new MemoryAnswers(clock, own, ({ data }) => data.length + 20),
);
answerConformance("LMDB", async (clock, own) => openIn(await newFolder(), clock, own));

describe("answers on disk", () => {
  it("are there after a restart, within their window and bounds, and leave the disk with them", async () => {
    const [folder, clock] = [await newFolder(), new FakeClock()];
    const first = await openIn(folder, clock);
    for (const key of "abc") await first.keep("desk", key, { fingerprint: key, answer: answer(key, 5_000) });
    clock.jump(500);
    await first.keep("desk", "d", { fingerprint: "d", answer: answer("dd") });
    await first.close();
    const second = await openIn(folder, clock, { ...bounds, countMax: 3 });
    const known = (keys: string) =>
      [...keys].filter((key) => second.find("desk", key) !== undefined).join("");
    expect(known("abcd")).toBe("bcd");
    expect(second.find("desk", "d")).toMatchObject({ fingerprint: "d", answer: { text: "dd" } });
    clock.jump(500);
    expect(known("abcd")).toBe("d");
    // What was let go leaves with the next commit: nothing of it is found by one that would keep it.
    await second.keep("desk", "e", { fingerprint: "e", answer: answer("e") });
    await second.keep("desk", "f", { fingerprint: "f", answer: answer("f") });
    await second.close();
    const third = await openIn(folder, new FakeClock(), { ...bounds, ageMaxMs: 1e9 });
    expect([..."abcdef"].filter((key) => third.find("desk", key) !== undefined)).toEqual(["d", "e", "f"]);
  });

  it("that come together share a commit, and each is found when its own promise settles", async () => {
    const folder = await newFolder();
    const path = join(folder, answersFileName);
    const writer = await WriterHandle.start(builtPrograms.writer, { path, databases: answerDatabases });
    let commits = 0;
    const write = (writes: readonly TableWrite[]) => {
      commits++;
      return writer.write(writes);
    };
    const file = new TableFile(path, answerDatabases, { write, close: () => writer.close() });
    const store = new LmdbAnswers<TestAnswer>(file, new FakeClock(), bounds);
    onTestFinished(() => store.close());
    await Promise.all(
      Array.from({ length: 50 }, async (_, i) => {
        await store.keep("desk", `${i}`, { fingerprint: `${i}`, answer: answer("x") });
        expect(store.find("desk", `${i}`)?.fingerprint).toBe(`${i}`);
      }),
    );
    expect(commits).toBeLessThan(5);
  });

  it("that a full disk refuses are told as such, and known until the end as not written", async () => {
    const folder = await newFolder();
    const path = join(folder, answersFileName);
    const writer = await WriterHandle.start(builtPrograms.writer, { path, databases: answerDatabases });
    let full = true;
    const write = (writes: readonly TableWrite[]) =>
      full ? Promise.reject(new Error("No space left on device")) : writer.write(writes);
    const clock = new FakeClock();
    const file = new TableFile(path, answerDatabases, { write, close: () => writer.close() });
    const store = new LmdbAnswers<TestAnswer>(file, clock, bounds);
    await expect(store.keep("desk", "a", { fingerprint: "a", answer: answer("a") })).rejects.toThrow(
      "No space",
    );
    expect(store.find("desk", "a")).toMatchObject({
      fingerprint: "a",
      answer: { text: "a", data: new Uint8Array(10).fill(1) },
      unwritten: true,
    });
    full = false;
    await store.keep("desk", "b", { fingerprint: "b", answer: answer("b") });
    await store.close();
    const again = await openIn(folder, clock);
    expect(again.find("desk", "a")).toBeUndefined();
    expect(again.find("desk", "b")).toBeDefined();
    expect(again.find("desk", "b")?.unwritten).toBeUndefined();
  });

  it("in a file that is damaged are refused, with what to do", async () => {
    const folder = await newFolder();
    const store = await openIn(folder, new FakeClock());
    await store.keep("desk", "a", { fingerprint: "a", answer: answer("a", 50_000) });
    await store.close();
    truncateSync(join(folder, answersFileName), 100);
    await expect(openIn(folder, new FakeClock())).rejects.toMatchObject({
      name: "DataFolderError",
      message: expect.stringMatching(/answers\.mdb cannot be used: it is no LMDB file.*move it away/),
    });
  });
});
