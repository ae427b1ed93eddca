/** Versions that would never be proven, beside those that serve: over a real socket, with real processes. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, it, onTestFinished } from "vitest";
import { connect, type Gate, tensor } from "../../client/typescript/index.js";
import { startGateway, type TestGateway } from "../support/gateway.js";
import { endless, greedy, modest } from "../support/hostile-models.js";
import { type ModelFiles, repositoryOf, writeVersion } from "../support/repository.js";
import { until } from "../support/until.js";

let gateway: TestGateway;
let gate: Gate;
let models: string;
afterEach(async () => {
  await gate.close();
  await gateway.stop();
});

async function serve(
  files: Readonly<Record<string, ModelFiles>>,
  repository: Readonly<Record<string, unknown>>,
  overrides: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  models = await repositoryOf(files);
  gateway = await startGateway({
    models,
    repository: { poll_ms: 50, settle_ms: 60, ...repository },
    ...overrides,
  });
  gate = await connect(gateway.url);
}

const described = async (name: string) => (await gate.describe()).models.filter((each) => each.name === name);
const states = async (name: string) =>
  Object.fromEntries((await described(name)).map(({ version, state }) => [version, state]));
const X = { X: tensor([[1, 2]]) };
const echoed = async () => (await gate.infer("echo", X)).outputs["Y"]?.data[0];

it("a model that is never proven keeps nobody from serving, nor the gateway from stopping", async () => {
  await serve({ echo: {}, endless: endless("endless") }, { ready_ms: 1_500, proof_ms: 600_000 });
  expect((await fetch(`${gateway.http}/v2/health/ready`)).status).toBe(200);
  expect(await states("endless")).toEqual({ "1": "loading" });
  await until(async () => expect(await states("echo")).toEqual({ "1": "ready" }));
  expect(await echoed()).toBe(1);
  await expect(gate.infer("endless", { X: tensor([1]) })).rejects.toMatchObject({
    code: "unavailable",
    message: expect.stringContaining("still loading"),
  });
});

it("is refused when its time is over, and says why in describe", async () => {
  await serve({ echo: {}, endless: endless("endless") }, { proof_ms: 2_500 });
  expect(await described("endless")).toMatchObject([
    { state: "unavailable", reason: expect.stringMatching(/raise repository\.proof_ms/) },
  ]);
  expect(await echoed()).toBe(1);
});

it("a new version without an end leaves the old one in service, and is let go when it is removed", async () => {
  await serve({ echo: {} }, { proof_ms: 600_000 });
  await writeVersion(join(models, "echo", "2"), endless("echo"));
  await until(async () => expect(await states("echo")).toEqual({ "1": "ready", "2": "loading" }));
  expect(await echoed()).toBe(1);
  await rm(join(models, "echo", "2"), { recursive: true });
  await writeVersion(join(models, "echo", "3"));
  await until(async () => expect(await states("echo")).toEqual({ "3": "ready" }));
  expect(await echoed()).toBe(1);
});

it("what is opened when it is first asked is proven first, and refused", async () => {
  const lazily = (files: ModelFiles): ModelFiles => ({
    ...files,
    config: { ...(files.config as object), load: "first_use" },
  });
  await serve({ endless: lazily(endless("endless")), modest: lazily(modest("modest")) }, { proof_ms: 3_000 });
  const ask = (model: string) => gate.infer(model, { X: tensor([1]) });
  const [stuck, answered] = await Promise.allSettled([ask("endless"), ask("modest")]);
  expect(answered).toMatchObject({ status: "fulfilled" });
  expect(stuck).toMatchObject({
    status: "rejected",
    reason: { code: "unavailable", message: expect.stringContaining("not proven within 3000 ms") },
  });
});

it("a restart proves nothing again: neither what was proven, nor what ran out of time", async () => {
  const data = await mkdtemp(join(tmpdir(), "headgate-proofs-"));
  onTestFinished(() => rm(data, { recursive: true, force: true }));
  const files = { echo: {}, endless: endless("endless") };
  await serve(files, { proof_ms: 2_000 }, { data });
  expect(await states("echo")).toEqual({ "1": "ready" });
  await gate.close();
  await gateway.gateway.stop();

  const nowhere = new URL("file:///nowhere/child.js"); // no proving process can be started from here
  gateway = await startGateway(
    { models, data, repository: { poll_ms: 50, settle_ms: 60, proof_ms: 2_000 } },
    { provingProgram: nowhere },
  );
  gate = await connect(gateway.url);
  expect(await states("echo")).toEqual({ "1": "ready" });
  expect(await described("endless")).toMatchObject([{ reason: expect.stringContaining("within 2000 ms") }]);
});

it("describe and the metrics say what a version takes beside what its files have", async () => {
  await serve({ greedy: greedy("greedy", 10e6) }, {});
  const [{ memory } = { memory: undefined }] = await described("greedy");
  const mebibyte = 1_048_576;
  expect(memory).toMatchObject({ instances: 1, file_bytes: expect.any(Number) });
  expect(memory?.file_bytes).toBeLessThan(10_000);
  expect(memory?.resident_bytes).toBeGreaterThan(38 * mebibyte); // of 10e6 floats
  expect(memory?.resident_bytes).toBeLessThan(76 * mebibyte);
  const text = await (await fetch(`${gateway.http}/metrics`)).text();
  const read = (name: string) => Number(new RegExp(`^${name} (\\S+)$`, "m").exec(text)?.[1]);
  expect(read("headgate_model_memory_bytes")).toBe(memory?.resident_bytes);
  expect(read("headgate_model_file_bytes")).toBe(memory?.file_bytes);
});
