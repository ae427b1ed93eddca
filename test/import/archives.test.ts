/** Archives that are not what they say: nothing beyond what they say is unpacked, in memory or on the disk. */
import { mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { readArchive } from "../../engines/onnx/archive.js";
import { extractFile } from "../../engines/onnx/cuda/wheel-archive.js";
import { type ZipOptions, zip } from "../support/zip.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "headgate-archives-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
});

async function written(files: Parameters<typeof zip>[0], options?: ZipOptions): Promise<string> {
  const path = join(folder, "given.zip");
  await writeFile(path, zip(files, options));
  return path;
}
const zeros = Buffer.alloc(50_000_000);

describe("inputs of a golden answer", () => {
  it("are read by their names, which are never paths", async () => {
    const path = await written([
      ["../../../X.npy", Buffer.from("x")],
      ["/etc/Y.npy", Buffer.from("y")],
    ]);
    expect([...(await readArchive(path, 1_000)).keys()]).toEqual(["../../../X.npy", "/etc/Y.npy"]);
    expect(await readdir(folder)).toEqual(["given.zip"]);
  });

  it("do not inflate beyond what they say, nor beyond the limit of all of them", async () => {
    const lies = await written([["X.npy", zeros]], { claimed: 100 });
    await expect(readArchive(lies, 1_000_000)).rejects.toThrow(/has more than the 100 bytes that it says/);
    const honest = await written([["X.npy", zeros]]);
    await expect(readArchive(honest, 1_000_000)).rejects.toThrow(/it holds more than 1000000 bytes/);
    const many = Array.from({ length: 5 }, (_, i) => [`${i}.npy`, Buffer.alloc(300_000)] as const);
    await expect(readArchive(await written(many), 1_000_000)).rejects.toThrow(/it holds more than/);
    const short = await written([["X.npy", Buffer.from("abc")]], { claimed: 100 });
    await expect(readArchive(short, 1_000)).rejects.toThrow(/has 3 bytes, and it says 100/);
  });

  it("are not taken twice, by the thousand, or packed in another way", async () => {
    const x = ["X.npy", Buffer.from("x")] as const;
    await expect(readArchive(await written([x, x]), 1_000)).rejects.toThrow(
      /two files of one name, "X\.npy"/,
    );
    const many = Array.from({ length: 4_097 }, (_, i) => [String(i), Buffer.alloc(0)] as const);
    await expect(readArchive(await written(many), 1_000_000)).rejects.toThrow(/more than 4096 files/);
    const lzma = await written([x], { method: 14 });
    await expect(readArchive(lzma, 1_000)).rejects.toThrow(/packed by the method 14/);
  });
});

it("a library of a wheel does not fill the disk beyond what the wheel says", async () => {
  const to = join(folder, "library.so");
  const wheel = await written([["library.so", zeros]], { claimed: 1_000_000 });
  await expect(extractFile(wheel, "library.so", to)).rejects.toThrow(
    /library\.so has more than 1000000 bytes/,
  );
  expect((await stat(to).catch(() => ({ size: 0 }))).size).toBeLessThanOrEqual(1_000_000);
});
