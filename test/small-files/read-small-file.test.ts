/** Small files are read whole, or refused: what is no plain file, too large, or not answered in time. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { inTime } from "../../small-files/in-time.js";
import { readSmallFile, readSmallFileSync } from "../../small-files/read-small-file.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "headgate-small-"));
});
afterEach(() => {
  vi.useRealTimers();
  rmSync(folder, { recursive: true, force: true });
});

const pathWith = (make: (path: string) => void) => {
  const path = join(folder, "file");
  make(path);
  return path;
};

const readings: [string, (path: string) => Promise<Buffer>][] = [
  ["readSmallFile", (path) => readSmallFile(path, 100)],
  ["readSmallFileSync", async (path) => readSmallFileSync(path, 100)],
];

describe.each(readings)("%s", (_, read) => {
  it.each([0, 1, 100])("gives all of %i bytes", async (length) => {
    const content = Buffer.alloc(length, "k");
    expect(await read(pathWith((path) => writeFileSync(path, content)))).toEqual(content);
  });

  it.each<[string, (path: string) => void, object]>([
    ["a byte too long", (path) => writeFileSync(path, "k".repeat(101)), { fault: "too_large" }],
    ["a pipe", (path) => execFileSync("mkfifo", [path]), { fault: "not_plain", message: "is no plain file" }],
    ["a folder", (path) => mkdirSync(path), { fault: "not_plain" }],
    ["an endless device", (path) => symlinkSync("/dev/zero", path), { fault: "not_plain" }],
    ["a link in a circle", (path) => symlinkSync(path, path), { fault: "unreadable" }],
    ["missing", () => {}, { fault: "missing", message: "does not exist" }],
  ])("refuses what is %s", async (_, make, error) => {
    await expect(read(pathWith(make))).rejects.toMatchObject(error);
  });
});

describe("a wait for the file system", () => {
  it("ends after five seconds, and nothing more is begun on that path until the operation has ended", async () => {
    vi.useFakeTimers();
    let answer = () => {};
    const silent = () => new Promise<void>((resolve) => (answer = resolve));
    const waiting = expect(inTime("silent", silent)).rejects.toMatchObject({ fault: "timeout" });
    await vi.advanceTimersByTimeAsync(5_000);
    await waiting;
    const begin = vi.fn(async () => "text");
    await expect(inTime("silent", begin)).rejects.toMatchObject({ fault: "timeout" });
    expect(begin).not.toHaveBeenCalled();
    expect(await inTime("another", async () => 1)).toBe(1);
    answer();
    await vi.advanceTimersByTimeAsync(0);
    expect(await inTime("silent", begin)).toBe("text");
    expect(vi.getTimerCount()).toBe(0);
  });

  it("ends with the signal's reason", async () => {
    const reason = new Error("the gateway is going away");
    const giving = new AbortController();
    const path = pathWith((made) => writeFileSync(made, "keys"));
    const reading = readSmallFile(path, 100, giving.signal);
    giving.abort(reason);
    await expect(reading).rejects.toBe(reason);
    await expect(readSmallFile(path, 100, giving.signal)).rejects.toBe(reason);
  });
});
