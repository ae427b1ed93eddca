/** Models that an administrator loads and unloads over Triton's routes, with real files and workers. */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { startGateway } from "../support/gateway.js";
import { keptLog } from "../support/kept-log.js";
import { echoGolden, repositoryOf, writeVersion } from "../support/repository.js";
import { until } from "../support/until.js";

const off = { ...echoGolden, outputs: { Y: { ...echoGolden.outputs.Y, data: [1, 2, 3, 4.5] } } };
const body = JSON.stringify({ inputs: [{ name: "X", datatype: "FP32", shape: [1, 2], data: [1, 2] }] });

async function administered(files: Parameters<typeof repositoryOf>[0], repository: object = {}) {
  const models = await repositoryOf(files);
  const lines: Record<string, unknown>[] = [];
  const settings = { models, repository: { poll_ms: 50, settle_ms: 60, ...repository } };
  const gateway = await startGateway(settings, { log: keptLog(lines) });
  onTestFinished(() => gateway.stop());
  const post = async (path: string, content = "") => {
    const response = await fetch(`${gateway.http}/v2/${path}`, { method: "POST", body: content });
    return { status: response.status, json: (await response.json()) as Record<string, unknown> };
  };
  const state = async (name: string) => {
    const index = (await post("repository/index")).json as unknown as {
      name: string;
      state: string;
      reason: string;
    }[];
    return index.filter((each) => each.name === name).map(({ state: is, reason }) => [is, reason]);
  };
  const infer = async () => (await post("models/echo/infer", body)).status;
  return { models, gateway, lines, post, state, infer };
}

it("an unloaded model stays closed, whatever changes in its folder, until it is loaded", async () => {
  const { models, post, state, infer, lines, gateway } = await administered({ echo: {}, other: {} });
  expect(await infer()).toBe(200);
  expect(await post("repository/models/echo/unload")).toEqual({ status: 200, json: {} });
  expect(await state("echo")).toEqual([["UNAVAILABLE", expect.stringMatching(/^unloaded/)]]);
  expect(await post("models/echo/infer", body)).toMatchObject({
    status: 503,
    json: { error: expect.stringMatching(/echo is not served: unloaded; load it/) },
  });
  expect((await fetch(`${gateway.http}/v2/models/echo/ready`)).status).toBe(503);
  await writeVersion(join(models, "echo", "2"));
  await writeVersion(join(models, "other", "2")); // once this is seen, echo's folder was looked at, too
  await until(async () => expect(await state("other")).toHaveLength(1));
  await until(async () =>
    expect((await fetch(`${gateway.http}/v2/models/other/versions/2/ready`)).status).toBe(200),
  );
  expect(await infer()).toBe(503);
  expect(await post("repository/models/echo/load", "{}")).toEqual({ status: 200, json: {} });
  expect(await infer()).toBe(200); // at once: the answer of load means ready
  expect((await fetch(`${gateway.http}/v2/models/echo/versions/2/ready`)).status).toBe(200);
  const told = lines.filter(({ msg }) => msg === "a model was administered");
  expect(told).toMatchObject([
    { action: "unload", model: "echo", subject: "anonymous" },
    { action: "load", model: "echo", subject: "anonymous" },
  ]);
  const metrics = await (await fetch(`${gateway.http}/metrics`)).text();
  expect(metrics).toContain('headgate_model_administrations_total{action="load",outcome="done"} 1');
});

it("load says why nothing serves, and tries again what failed", async () => {
  const { models, post, infer } = await administered({ echo: { golden: off } });
  expect(await infer()).toBe(503);
  expect(await post("repository/models/echo/load")).toMatchObject({
    status: 409,
    json: {
      code: "failed_precondition",
      error: expect.stringMatching(/^model: echo cannot be loaded: .*golden/),
    },
  });
  await writeVersion(join(models, "echo", "1"));
  expect((await post("repository/models/echo/load")).status).toBe(200);
  expect(await infer()).toBe(200);
});

it("load opens what would be opened by its first request", async () => {
  const { post, gateway } = await administered({ echo: {} }, { load: "first_use" });
  const loads = async () =>
    /headgate_model_loads_total.*echo.*ready.* 1/.test(await (await fetch(`${gateway.http}/metrics`)).text());
  expect(await loads()).toBe(false);
  expect((await post("repository/models/echo/load")).status).toBe(200);
  expect(await loads()).toBe(true);
});

it.each(["pca", "nothing", "..", "%2e%2e%2fmodels", "__proto__"])(
  "%s is not in the repository: 404",
  async (name) => {
    const { post } = await administered({ echo: {} });
    for (const action of ["load", "unload"])
      expect((await post(`repository/models/${name}/${action}`)).status).toBe(404);
  },
);

it("a model that was removed while it was unloaded, and comes again, is a new one", async () => {
  const { models, post, state, infer } = await administered({ echo: {}, other: {} });
  await post("repository/models/echo/unload");
  await rm(join(models, "echo"), { recursive: true });
  await until(async () => expect(await state("echo")).toEqual([]));
  await writeVersion(join(models, "echo", "1"));
  await until(async () => expect(await infer()).toBe(200));
});
