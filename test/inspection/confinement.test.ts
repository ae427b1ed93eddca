/** What a stranger's folder may reach: its own files, and nothing that a link or a path in the graph leads to. */
import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { addModel } from "../../engines/onnx/import/add-model.js";
import { checkModels } from "../../engines/onnx/import/check-models.js";
import { RepositoryReader } from "../../engines/onnx/repository.js";
import { listModels } from "../../engines/onnx/repository-commands/list-models.js";
import { adding } from "../support/external-weights.js";
import { echoConfig, repositoryOf } from "../support/repository.js";

const X = { datatype: "FP32", shape: [1, 2], data: [1, 2] };
const golden = { made_by: "hand", inputs: { X }, outputs: { Y: { ...X, data: [8, 9] } } };
const seven = new Uint8Array(Float32Array.of(7).buffer);

let outside: string;
beforeEach(async () => {
  outside = await mkdtemp(join(tmpdir(), "headgate-outside-"));
  onTestFinished(() => rm(outside, { recursive: true, force: true }));
  await writeFile(join(outside, "secret.bin"), seven);
});

/** What `models check` says of a model with these weights; undefined: it would serve. */
async function checked(location: string, put: (version: string) => Promise<unknown> = async () => {}) {
  const models = await repositoryOf({ m: { model: adding(location), golden } });
  await put(join(models, "m", "1"));
  return (await checkModels(models))[0]?.reason;
}

describe("weights in another file", () => {
  it("serve from the version's folder, from a folder in it, and by a link within it", async () => {
    expect(await checked("w.bin", (to) => writeFile(join(to, "w.bin"), seven))).toBeUndefined();
    const below = async (to: string) => {
      await mkdir(join(to, "data"));
      await writeFile(join(to, "data", "w.bin"), seven);
    };
    expect(await checked("data/w.bin", below)).toBeUndefined();
    const linked = async (to: string) => {
      await below(to);
      await symlink("data/w.bin", join(to, "w.bin"));
    };
    expect(await checked("w.bin", linked)).toBeUndefined();
  });

  it.each([
    "../../../secret.bin",
    "/etc/passwd",
    "a/../../secret.bin",
    "C:\\x",
    "*/_ORT_MEM_ADDR_/*",
    "w\0.bin",
  ])("are not read from %j", async (location) => {
    expect(await checked(location)).toMatch(/its weights lie in .*, outside the model's own folder/);
  });

  it("are not read through a link that leads out, nor through a folder that is one", async () => {
    const file = (to: string) => symlink(join(outside, "secret.bin"), join(to, "w.bin"));
    expect(await checked("w.bin", file)).toMatch(
      /m\/1\/w\.bin is a link that leads out of the model's folder/,
    );
    const folder = (to: string) => symlink(outside, join(to, "data"));
    expect(await checked("data/secret.bin", folder)).toMatch(/m\/1\/data is a link that leads out/);
    const other = (to: string) => symlink("../../other.bin", join(to, "w.bin"));
    const models = async (to: string) => {
      await writeFile(join(to, "..", "..", "other.bin"), seven);
      await other(to);
    };
    expect(await checked("w.bin", models)).toMatch(/w\.bin is a link that leads out/);
  });

  it("are not waited for where a pipe, a device, a link to itself or nothing stands in their place", async () => {
    const pipe = async (to: string) => execFileSync("mkfifo", [join(to, "w.bin")]);
    expect(await checked("w.bin", pipe)).toMatch(/w\.bin is no plain file/);
    const itself = (to: string) => symlink("w.bin", join(to, "w.bin"));
    expect(await checked("w.bin", itself)).toMatch(/w\.bin is a link that leads to itself/);
    const folder = (to: string) => mkdir(join(to, "w.bin"));
    expect(await checked("w.bin", folder)).toMatch(/w\.bin is no plain file/);
    expect(await checked("w.bin")).toMatch(/its weights w\.bin are not beside it/);
  });

  it("hold the bytes that the graph takes from them", async () => {
    const taken = async (entries: Readonly<Record<string, string>>) => {
      const models = await repositoryOf({ m: { model: adding("w.bin", entries), golden } });
      await writeFile(join(models, "m", "1", "w.bin"), seven);
      return (await checkModels(models))[0]?.reason;
    };
    expect(await taken({ offset: "4" })).toMatch(/tensor W takes bytes 4 to 8 of w\.bin, which has 4/);
    expect(await taken({ length: "3" })).toMatch(/tensor W announces 4 bytes and takes 3 of w\.bin/);
  });
});

it("a pipe in the place of model.onnx is refused and not waited for, with a config and without one", async () => {
  for (const config of [echoConfig("m"), null]) {
    const models = await repositoryOf({ m: {} });
    if (config === null) await rm(join(models, "m", "config.json"));
    await rm(join(models, "m", "1", "model.onnx"));
    execFileSync("mkfifo", [join(models, "m", "1", "model.onnx")]);
    expect((await checkModels(models))[0]?.reason).toMatch(/model\.onnx.*no plain file/);
  }
});

describe("the files beside the versions", () => {
  it("a card that is a link to another file is not answered to clients", async () => {
    const models = await repositoryOf({ m: {} });
    await symlink("/etc/passwd", join(models, "m", "README.md"));
    const [refused] = await new RepositoryReader(models).read();
    expect(refused?.card).toBeNull();
    expect(refused?.notes).toEqual([
      expect.stringMatching(/^The card is not shown\. \S+m\/README\.md is a link that leads out .*\.$/),
    ]);
    await rm(join(models, "m", "README.md"));
    await writeFile(join(models, "m", "card.md"), "# A card");
    await symlink("card.md", join(models, "m", "README.md"));
    expect((await new RepositoryReader(models).read())[0]?.card).toBe("# A card");
  });

  it("nor is the text of another file told in the fault of a config", async () => {
    const models = await repositoryOf({ m: {} });
    await rm(join(models, "m", "config.json"));
    await symlink("/etc/passwd", join(models, "m", "config.json"));
    const [model] = await new RepositoryReader(models).read();
    expect(model?.config).toEqual({
      reason: expect.stringMatching(/config\.json is a link that leads out of the model/),
    });
    expect(JSON.stringify(model?.config)).not.toContain("root");
  });
});

describe("folders that are links", () => {
  it("a version or a model outside the repository is refused, unless the operator names where it may lead", async () => {
    const models = await repositoryOf({ m: {}, linked: {} });
    await rename(join(models, "m", "1"), join(outside, "1"));
    await symlink(join(outside, "1"), join(models, "m", "1"));
    await rename(join(models, "linked"), join(outside, "linked"));
    await symlink(join(outside, "linked"), join(models, "linked"));
    const words = /is a link that leads out of the repository: .*repository\.linked_folders/;
    for (const found of await checkModels(models)) expect(found.reason).toMatch(words);
    for (const found of await listModels(models))
      expect(found).toMatchObject({ state: "not served", reason: expect.stringMatching(words) });
    for (const { config, versions } of await new RepositoryReader(models, [outside]).read()) {
      expect(config).not.toHaveProperty("reason");
      expect(versions).toMatchObject([{ version: 1, linkedFolders: [outside] }]);
      expect(versions[0]).not.toHaveProperty("fault");
    }
  });

  it("Kubernetes' layout of a mounted volume serves, as does a repository that is a link itself", async () => {
    const models = await repositoryOf({ m: {} });
    const version = join(models, "m", "1");
    await mkdir(join(version, "..2026_11_28"));
    for (const name of ["model.onnx", "golden.json"]) {
      await rename(join(version, name), join(version, "..2026_11_28", name));
      await symlink(join("..data", name), join(version, name));
    }
    await symlink("..2026_11_28", join(version, "..data"));
    expect(await checkModels(models)).toEqual([{ what: "m@1" }]);
    await symlink(models, join(outside, "repository"));
    expect(await checkModels(join(outside, "repository"))).toEqual([{ what: "m@1" }]);
  });
});

describe("add", () => {
  it("takes what lies beside the graph, also by the links of a hub's cache, and copies files, not links", async () => {
    await mkdir(join(outside, "blobs"));
    await mkdir(join(outside, "snapshots"));
    await writeFile(join(outside, "blobs", "aa"), adding("w.bin"));
    await writeFile(join(outside, "blobs", "bb"), seven);
    await symlink("../blobs/aa", join(outside, "snapshots", "model.onnx"));
    await symlink("../blobs/bb", join(outside, "snapshots", "w.bin"));
    const models = await repositoryOf({});
    await addModel({ path: join(outside, "snapshots"), name: "m", models });
    await rm(join(outside, "blobs", "bb"));
    expect(new Uint8Array(await readFile(join(models, "m", "1", "w.bin")))).toEqual(seven);
  });

  it("does not take a link that leads elsewhere", async () => {
    await mkdir(join(outside, "given"));
    await writeFile(join(outside, "given", "model.onnx"), adding("w.bin"));
    await symlink("../secret.bin", join(outside, "given", "w.bin"));
    const models = await repositoryOf({});
    await expect(addModel({ path: join(outside, "given"), name: "m", models })).rejects.toThrow(/leads out/);
  });
});
