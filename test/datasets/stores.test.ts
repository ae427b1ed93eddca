/** The stores of datasets: what each keeps, and what the one in files does when files are damaged or left over. */
import { mkdtemp, readdir, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { FileDatasets } from "../../gateway/datasets/file-datasets.js";
import { MemoryDatasets } from "../../gateway/datasets/memory-datasets.js";
import { datasetStoreConformance, stored } from "../conformance/dataset-store.js";

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "headgate-datasets-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return join(folder, "datasets");
}

const complains = { unusable: (file: string, reason: string) => expect.fail(`${file}: ${reason}`) };

datasetStoreConformance("memory", async () => {
  const store = new MemoryDatasets();
  return { open: async () => store };
});

datasetStoreConformance("files", async () => {
  const folder = await newFolder();
  return { open: async () => new FileDatasets(folder, complains) };
});

it("makes a folder and files that only the gateway's own user can read", async () => {
  const folder = await newFolder();
  const store = new FileDatasets(folder, complains);
  await store.load();
  await store.write({ table: "table-a", block: 0 }, 0, new Uint8Array(32));
  await store.save(stored("a", 2));
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
  const files = await readdir(folder);
  expect(files).toHaveLength(2);
  for (const file of files) expect((await stat(join(folder, file))).mode & 0o777).toBe(0o600);
});

it("has the dataset as it was, when the folder's disk refuses the new file's name", async () => {
  const folder = await newFolder();
  let failing = false;
  const store = new FileDatasets(folder, complains, async () => {
    if (failing) throw Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
  });
  await store.load();
  await store.write({ table: "table-a", block: 0 }, 0, new Uint8Array(64));
  await store.save(stored("a", 2));
  failing = true;
  await expect(store.save(stored("a", 3))).rejects.toThrow("no space left");
  await expect(store.save(stored("b", 2, "table-a"))).rejects.toThrow("no space left");
  expect(await new FileDatasets(folder, complains).load()).toEqual([stored("a", 2)]);
  failing = false;
  await store.save(stored("a", 4));
  expect(await readdir(folder)).toHaveLength(2);
});

it("removes at the start what an ended process left unfinished", async () => {
  const folder = await newFolder();
  const store = new FileDatasets(folder, complains);
  await store.load();
  await store.write({ table: "table-a", block: 0 }, 0, new Uint8Array(32));
  await store.save(stored("a", 2));
  await store.write({ table: "orphan", block: 0 }, 0, new Uint8Array(32));
  for (const left of ["0123.json.new", "0123.json.before"]) await writeFile(join(folder, left), "{");
  await writeFile(join(folder, "notes.txt"), "another's file");
  await new FileDatasets(folder, complains).load();
  const left = (await readdir(folder)).map((file) => file.replace(/^[0-9a-f]{40}/, "NAME")).sort();
  expect(left).toEqual(["NAME.json", "notes.txt", "table-a.0.rows"]);
});

it.each([
  [
    "whose rows are cut off",
    (file: string) => file.endsWith(".rows") && file,
    /has 31 bytes, and 32 were kept/,
  ],
  ["whose small file is cut off", (file: string) => file.endsWith(".json") && file, /JSON/],
] as const)("leaves out a dataset %s, says why, and keeps its files", async (_, pick, reason) => {
  const folder = await newFolder();
  const store = new FileDatasets(folder, complains);
  await store.load();
  for (const name of ["a", "b"]) {
    await store.write({ table: `table-${name}`, block: 0 }, 0, new Uint8Array(32));
    await store.save(stored(name, 2));
  }
  const before = await readdir(folder);
  const [, damaged = ""] = before.filter(pick).sort();
  await truncate(join(folder, damaged), 31);
  const told: string[] = [];
  const found = await new FileDatasets(folder, { unusable: (__, why) => told.push(why) }).load();
  expect(found).toHaveLength(1);
  expect(told).toEqual([expect.stringMatching(reason)]);
  expect((await readdir(folder)).sort()).toEqual(before.sort());
});
