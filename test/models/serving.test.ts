/** What a model's config.json says of its traffic, its memory, its cache and its providers, over a socket. */

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { connect, type Gate, tensor } from "../../client/typescript/index.js";
import { startGateway, type TestGateway } from "../support/gateway.js";
import { roomy } from "../support/hostile-models.js";
import {
  echoConfig,
  echoGolden,
  type ModelFiles,
  negated,
  repositoryOf,
  writeVersion,
} from "../support/repository.js";
import { until } from "../support/until.js";

let gateway: TestGateway;
let gate: Gate;
let models: string;
afterEach(async () => {
  await gate.close();
  await gateway.stop();
});

async function serve(files: Readonly<Record<string, ModelFiles>>, overrides = {}): Promise<void> {
  models = await repositoryOf(files);
  gateway = await startGateway({ models, repository: { poll_ms: 50, settle_ms: 60 }, ...overrides });
  gate = await connect(gateway.url);
}

const both = (extra: object, name = "echo") => ({
  config: { ...echoConfig(name), version_policy: { all: {} }, ...extra },
  versions: ["1", "2"],
});
const X = (value: number) => ({ X: tensor([[value, value]]) });
const ask = (value: number, options = {}, model = "echo") => gate.infer(model, X(value), options);
const entries = async (name = "echo") => (await gate.describe()).models.filter((each) => each.name === name);
const field = async (name: string, of = "echo") =>
  Object.fromEntries((await entries(of)).map((each) => [each.version, each[name]]));
const metric = async (start: string) => {
  const text = await (await fetch(`${gateway.http}/metrics`)).text();
  return Number(
    text
      .split("\n")
      .find((each) => each.startsWith(start))
      ?.split(" ")
      .pop() ?? 0,
  );
};

describe("traffic", () => {
  it("is split by weight, sticky by key, and an explicit version wins", async () => {
    await serve({ echo: both({ traffic: { weights: { "1": 50, "2": 50 } } }) });
    expect(await field("traffic")).toEqual({ "1": 0.5, "2": 0.5 });
    const keys = Array.from({ length: 40 }, (_, i) => `stream-${i}`);
    const versions = async () =>
      Promise.all(keys.map(async (sticky_key) => (await ask(1, { parameters: { sticky_key } })).version));
    const first = await versions();
    expect(new Set(first)).toEqual(new Set(["1", "2"]));
    expect(await versions()).toEqual(first);
    const tenant = new Set(await Promise.all(keys.map(async () => (await ask(1)).version)));
    expect(tenant.size).toBe(1);
    for (const version of ["1", "2"]) expect((await ask(1, { version })).version).toBe(version);
    for (const version of ["1", "2"])
      expect(
        await metric(`headgate_inference_request_success{model="echo",version="${version}"}`),
      ).toBeGreaterThan(0);
  });

  it("is shifted while serving, by a change of config.json, without opening anything anew", async () => {
    await serve({ echo: both({ traffic: { weights: { "1": 1 } } }) });
    expect((await ask(1)).version).toBe("1");
    const config = both({ traffic: { weights: { "2": 1 } } }).config;
    await writeFile(join(models, "echo", "config.json"), JSON.stringify(config));
    await until(async () => expect((await ask(1)).version).toBe("2"));
    expect(await metric('headgate_model_loads_total{model="echo",version="2",outcome="ready"}')).toBe(1);
  });

  it("a sticky key must be a string", async () => {
    await serve({ echo: {} });
    await expect(ask(1, { parameters: { sticky_key: 7 } })).rejects.toMatchObject({
      code: "invalid_argument",
      message: expect.stringContaining("parameters.sticky_key"),
    });
  });
});

describe("a shadow", () => {
  it("is asked what another answered, compared, and answers nobody", async () => {
    await serve({ echo: both({ traffic: { shadow: { version: "2" } } }) });
    expect(await field("shadow")).toEqual({ "1": undefined, "2": true });
    expect((await ask(1)).version).toBe("1");
    const line = (outcome: string) =>
      `headgate_shadow_requests_total{model="echo",version="2",outcome="${outcome}"}`;
    await until(async () => expect(await metric(line("match"))).toBe(1));
    await writeVersion(join(models, "echo", "2"), negated);
    await until(async () => expect((await ask(3, { version: "2" })).outputs["Y"]?.data[0]).toBe(-3));
    expect(await ask(1)).toMatchObject({ version: "1" });
    await until(async () => expect(await metric(line("mismatch"))).toBeGreaterThanOrEqual(1));
    expect(await metric('headgate_shadow_request_duration_us{model="echo",version="2"}')).toBeGreaterThan(0);
  });

  it("that is broken fails no request", async () => {
    const off = { ...echoGolden, outputs: { Y: { ...echoGolden.outputs.Y, data: [1, 2, 3, 4.5] } } };
    await serve({ echo: both({ traffic: { shadow: { version: "2" } } }) });
    await writeVersion(join(models, "echo", "2"), { golden: off });
    await until(async () => expect((await field("reason"))["2"]).toMatch(/golden/));
    expect((await ask(1)).version).toBe("1");
  });
});

/** A model of 40 MB, and memory for two of them. */
const ofForty = roomy(10_000_000);
const forTwo = 105_000_000;

describe("memory", () => {
  it("models of first use are opened when they are asked, and the least recently used makes room", async () => {
    const config = (name: string) => ({ config: { ...echoConfig(name), load: "first_use" }, model: ofForty });
    await serve(
      { a: config("a"), b: config("b"), c: config("c") },
      { engine: { model_workers: 1, numeric_workers: 1, model_memory_bytes: forTwo } },
    );
    const open = async () =>
      (await gate.describe()).models
        .filter((each) => each["kind"] === "model" && each["state"] === "ready")
        .map(({ name }) => name);
    expect(await open()).toEqual([]);
    expect((await entries("a"))[0]).toMatchObject({ state: "unloaded" });
    const answers = await Promise.all([ask(1, {}, "a"), ask(2, {}, "a"), ask(3, {}, "b")]);
    expect(answers.map(({ outputs }) => outputs["Y"]?.data[0])).toEqual([1, 2, 3]);
    expect(await open()).toEqual(["a", "b"]);
    await ask(1, {}, "a");
    await ask(1, {}, "c");
    expect(await open()).toEqual(["a", "c"]);
    expect((await ask(4, {}, "b")).outputs["Y"]?.data[0]).toBe(4);
    expect(await metric('headgate_model_unloads_total{model="b",version="1",reason="evicted"}')).toBe(1);
    expect(await metric("headgate_model_memory_bytes")).toBeLessThanOrEqual(forTwo);
  });

  it("many models on little memory all answer, however they are asked", async () => {
    const names = Array.from({ length: 6 }, (_, i) => `m${i}`);
    await serve(Object.fromEntries(names.map((name) => [name, { model: ofForty }])), {
      engine: { model_workers: 1, numeric_workers: 1, model_memory_bytes: forTwo },
    });
    const asked = Array.from({ length: 90 }, (_, i) => ({ name: names[(i * 7) % 6] as string, value: i }));
    const answers = await Promise.all(asked.map(({ name, value }) => ask(value, {}, name)));
    expect(answers.map(({ outputs }) => outputs["Y"]?.data[0])).toEqual(asked.map(({ value }) => value));
  });

  it("a version of first use that is broken says why to who asks, and the one before it serves", async () => {
    const config = { ...echoConfig("echo"), load: "first_use" };
    await serve({ echo: { config, versions: ["1", "2"] } });
    await writeVersion(join(models, "echo", "2"), { golden: "{}" });
    // Both in one look: files that the watcher sees change later are a version that nobody tried yet.
    await until(async () => {
      expect((await ask(1)).version).toBe("1");
      expect((await field("reason"))["2"]).toMatch(/golden\.json/);
    });
  });
});

describe("the response cache", () => {
  it("answers the same inputs without computing, for models that opted in", async () => {
    const cached = { config: { ...echoConfig("cached"), response_cache: { enable: true } } };
    await serve({ cached, plain: {} });
    const twice = async (model: string) => [
      await ask(1, {}, model),
      await ask(1, {}, model),
      await ask(2, {}, model),
    ];
    expect((await twice("cached")).map((answer) => answer.cached)).toEqual([false, true, false]);
    expect((await twice("plain")).map((answer) => answer.cached)).toEqual([false, false, false]);
    expect(await metric('headgate_cache_num_hits_per_model{model="cached",version="1"}')).toBe(1);
    expect(await metric('headgate_cache_num_misses_per_model{model="cached",version="1"}')).toBe(2);
    expect(await metric('headgate_inference_exec_count{model="cached",version="1"}')).toBe(2);
  });

  it("knows nothing of what another version, or other files, answered", async () => {
    const config = { ...echoConfig("echo"), response_cache: { enable: true } };
    await serve({ echo: { config } });
    await ask(1);
    await writeVersion(join(models, "echo", "1"), negated);
    await until(async () => expect((await ask(1)).outputs["Y"]?.data[0]).toBe(-1));
  });
});

describe("execution providers", () => {
  it("one that does not start is told, and the next one serves", async () => {
    const config = { ...echoConfig("echo"), execution_providers: ["tensorrt", "cpu"] };
    await serve({ echo: { config } });
    expect((await ask(1)).backend).toBe("onnxruntime-cpu");
    expect(await field("backend")).toEqual({ "1": "onnxruntime-cpu" });
    const line = 'headgate_execution_provider_fallbacks_total{model="echo",version="1",provider="tensorrt"}';
    expect(await metric(line)).toBe(1);
  });

  it("a model that may not fall back is refused with the reason", async () => {
    const config = { ...echoConfig("echo"), execution_providers: ["tensorrt"] };
    await serve({ echo: { config }, other: {} });
    expect((await field("reason"))["1"]).toMatch(/tensorrt: .* is not installed/);
    expect((await ask(1, {}, "other")).version).toBe("1");
  });
});
