/** The models command's list, remove and rollback, and what a running gateway makes of them. */
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { connect, tensor } from "../../client/typescript/index.js";
import { listModels } from "../../engines/onnx/repository-commands/list-models.js";
import { removeModel } from "../../engines/onnx/repository-commands/remove-model.js";
import { rollbackModel } from "../../engines/onnx/repository-commands/rollback-model.js";
import { startGateway } from "../support/gateway.js";
import { echoConfig, repositoryOf } from "../support/repository.js";
import { until } from "../support/until.js";

const readJson = async (path: string) => JSON.parse(await readFile(path, "utf8"));
const versions = ["1", "2", "10"];

it("list tells each version's state, share, size and what its golden answer proves", async () => {
  const traffic = { weights: { "1": 1, "2": 3 } };
  const models = await repositoryOf({
    split: { config: { ...echoConfig("split"), version_policy: { all: {} }, traffic }, versions: ["1", "2"] },
    latest: { versions },
    bad: { config: "{" },
    nogold: { golden: null },
    own: { golden: { made_by: "ONNX Runtime itself: x", inputs: {}, outputs: {} } },
  });
  const listed = await listModels(models);
  const row = (name: string) =>
    listed.filter((each) => each.name === name).map(({ version, state, weight }) => [version, state, weight]);
  expect(row("split")).toEqual([
    [1, "serves", 0.25],
    [2, "serves", 0.75],
  ]);
  expect(row("latest")).toEqual([
    [1, "stands by", 0],
    [2, "stands by", 0],
    [10, "serves", 1],
  ]);
  const of = (name: string) => listed.find((each) => each.name === name);
  expect(of("bad")).toMatchObject({
    version: null,
    state: "not served",
    reason: expect.stringMatching(/JSON/),
  });
  expect(of("nogold")).toMatchObject({
    state: "not served",
    golden: null,
    reason: expect.stringMatching(/no golden/),
  });
  expect(of("own")).toMatchObject({ golden: { proves: "stability" } });
  expect(of("latest")).toMatchObject({ golden: { made_by: "hand", proves: "training library" } });
  expect(of("latest")?.bytes).toBeGreaterThan(100);
});

it("list tells the names that stand for a version, and when it expires", async () => {
  const aliases = { champion: "1", stable: "1" };
  const config = { ...echoConfig("echo"), version_policy: { all: {} }, aliases };
  const models = await repositoryOf({ echo: { config, versions: ["1", "2"] } });
  const settings = JSON.stringify({ expires_at: "2026-12-01T09:30:00+01:00" });
  await writeFile(join(models, "echo", "2", "version.json"), settings);
  const told = (await listModels(models)).map((each) => [each.version, each.aliases, each.expires_at]);
  expect(told).toEqual([
    [1, ["champion", "stable"], null],
    [2, [], "2026-12-01T08:30:00.000Z"],
  ]);
});

it("remove takes out a version, and the last that serves only where it is told to", async () => {
  const models = await repositoryOf({ echo: { versions } });
  const options = { models, name: "echo", isConfirmed: false };
  const { notes } = await removeModel({ ...options, version: 10 });
  expect(notes.join("\n")).toMatch(
    /version 10 of echo answer what it has, and closes it; version 2 serves on/,
  );
  expect((await readdir(join(models, "echo"))).sort()).toEqual(["1", "2", "config.json"]);
  await expect(removeModel({ ...options, version: 3 })).rejects.toThrow(/echo has no version 3; it has 1, 2/);
  await removeModel({ ...options, version: 1 });
  const words = /is the last that serves of echo: pass --yes/;
  await expect(removeModel({ ...options, version: 2 })).rejects.toThrow(words);
  await expect(removeModel(options)).rejects.toThrow(words);
  expect(await readdir(models)).toEqual(["echo"]);
  await removeModel({ ...options, isConfirmed: true });
  expect(await readdir(models)).toEqual([]);
  await expect(removeModel(options)).rejects.toThrow(/has no model echo; it has none/);
});

it("rollback sends the traffic to the version before, keeps what else config.json says, and goes back", async () => {
  const models = await repositoryOf({
    echo: { config: { ...echoConfig("echo"), description: "Kept." }, versions },
  });
  const path = join(models, "echo", "config.json");
  await rollbackModel({ models, name: "echo" });
  expect(await readJson(path)).toEqual({
    ...echoConfig("echo"),
    description: "Kept.",
    version_policy: { specific: { versions: [2] } },
  });
  await rollbackModel({ models, name: "echo" });
  expect(await readJson(path)).toMatchObject({ version_policy: { specific: { versions: [1] } } });
  await expect(rollbackModel({ models, name: "echo" })).rejects.toThrow(/no version below 1.*--to/);
  await rollbackModel({ models, name: "echo", to: 10 });
  expect(await readJson(path)).toMatchObject({ version_policy: { specific: { versions: [10] } } });
  await expect(rollbackModel({ models, name: "echo", to: 7 })).rejects.toThrow(
    /has no version 7; it has 1, 2, 10/,
  );
});

it("rollback of versions that serve at once changes their weights", async () => {
  const traffic = { weights: { "1": 95, "2": 5 } };
  const config = { ...echoConfig("echo"), version_policy: { all: {} }, traffic };
  const models = await repositoryOf({ echo: { config, versions: ["1", "2"] } });
  await rollbackModel({ models, name: "echo" });
  expect(await readJson(join(models, "echo", "config.json"))).toEqual({
    ...config,
    traffic: { weights: { "1": 1 } },
  });
});

it("rollback to what would not serve, or in another server's folder, is refused with what to do", async () => {
  const models = await repositoryOf({
    echo: { versions: ["1", "2"], golden: null },
    triton: { versions: ["1", "2"] },
  });
  await expect(rollbackModel({ models, name: "echo" })).rejects.toThrow(
    /version 1 of echo would not serve, for .*golden\.json/,
  );
  await removeConfig(models);
  await expect(rollbackModel({ models, name: "triton" })).rejects.toThrow(
    /put version_policy: \{ specific: \{ versions: \[ 1 \] \} \} into it/,
  );
});

/** Triton's config in the place of Headgate's. */
async function removeConfig(models: string): Promise<void> {
  await rm(join(models, "triton", "config.json"));
  const text =
    'input { name: "X" data_type: TYPE_FP32 dims: 2 } output { name: "Y" data_type: TYPE_FP32 dims: 2 }';
  await writeFile(join(models, "triton", "config.pbtxt"), `max_batch_size: 8 ${text}`);
}

it("a running gateway follows, and no request fails", async () => {
  const models = await repositoryOf({ echo: { versions } });
  const { url, stop } = await startGateway({ models, repository: { poll_ms: 50, settle_ms: 60 } });
  const gate = await connect(url);
  const answers = async () => (await gate.infer("echo", { X: tensor([[1, 2]]) })).version;
  try {
    expect(await answers()).toBe("10");
    await rollbackModel({ models, name: "echo" });
    await until(async () => expect(await answers()).toBe("2"));
    await removeModel({ models, name: "echo", version: 10, isConfirmed: false });
    expect(await answers()).toBe("2");
    await rollbackModel({ models, name: "echo", to: 1 });
    await until(async () => expect(await answers()).toBe("1"));
  } finally {
    await gate.close();
    await stop();
  }
});
