/** What somebody may put into a served folder: it is told, and the models beside it are read. */
import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { mkdir, rm, symlink, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { entriesMax, entriesOf } from "../../engines/onnx/folder-entries.js";
import { sourceOf } from "../../engines/onnx/model-source.js";
import { digestOf } from "../../engines/onnx/proving/digest.js";
import { RepositoryReader } from "../../engines/onnx/repository.js";
import { repositoryOf } from "../support/repository.js";

/** What is read of a repository with a good model and one, `hostile`, that was changed. */
async function readWith(change: (folder: string) => Promise<unknown>) {
  const repository = await repositoryOf({ good: {}, hostile: {} });
  await change(join(repository, "hostile"));
  const found = await new RepositoryReader(repository).read();
  const [good, hostile] = ["good", "hostile"].map((name) => found.find((each) => each.name === name));
  if (good === undefined || hostile === undefined) throw new Error("a model is missing");
  expect(good.config).toMatchObject({ name: "good" });
  return hostile;
}

async function replaced(path: string, byPipe = true): Promise<void> {
  await rm(path, { force: true });
  if (byPipe) execFileSync("mkfifo", [path]);
}

it("a pipe in the place of config.json is refused and not waited for", async () => {
  const { config } = await readWith((folder) => replaced(join(folder, "config.json")));
  expect(config).toMatchObject({ reason: expect.stringMatching(/hostile\/config\.json: no plain file/) });
});

it("a pipe or a huge file in the place of README.md is no card", async () => {
  expect((await readWith((folder) => replaced(join(folder, "README.md")))).card).toBeNull();
  const huge = async (folder: string) => {
    await writeFile(join(folder, "README.md"), "");
    await truncate(join(folder, "README.md"), 2 ** 36);
  };
  expect((await readWith(huge)).card).toBeNull();
});

it("a device, and a config.json of more than a mebibyte, are refused unread", async () => {
  const device = await readWith(async (folder) => {
    await replaced(join(folder, "config.json"), false);
    await symlink("/dev/zero", join(folder, "config.json"));
  });
  expect(device.config).toMatchObject({ reason: expect.stringContaining("no plain file") });
  const huge = await readWith((folder) => truncate(join(folder, "config.json"), 2 ** 36));
  expect(huge.config).toMatchObject({ reason: expect.stringContaining("1048576 are read at most") });
});

it("a version that is a link to a folder of a million files is looked at as far as the bound, and refused", async () => {
  const hostile = await readWith(async (folder) => {
    const many = join(folder, "many");
    await mkdir(many);
    for (let i = 0; i <= entriesMax; i++) await mkdir(join(many, String(i)));
    await rm(join(folder, "1"), { recursive: true });
    await symlink(many, join(folder, "1"));
  });
  const [version] = hostile.versions;
  if (version === undefined || "reason" in hostile.config) throw new Error("no version");
  expect(await entriesOf(join(hostile.path, "1"))).toHaveLength(entriesMax + 1);
  await expect(digestOf(sourceOf(hostile.config, version, ["cpu"]), "here")).rejects.toThrow(
    /more than 4096 files/,
  );
});

it("three hundred models are read with a few descriptors at once", async () => {
  const names = Array.from({ length: 300 }, (_, i) => `m${i}`);
  const repository = await repositoryOf(Object.fromEntries(names.map((name) => [name, {}])));
  let most = 0;
  const before = descriptors();
  const counting = setInterval(() => {
    most = Math.max(most, descriptors() - before);
  });
  const found = await new RepositoryReader(repository).read();
  clearInterval(counting);
  expect(found).toHaveLength(300);
  expect(most).toBeLessThan(100);
});

function descriptors(): number {
  return readdirSync("/proc/self/fd").length;
}
