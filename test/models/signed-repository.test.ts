/** A gateway that serves only what is signed: what it refuses and says, and that it loads what it verified. */

import { createPrivateKey } from "node:crypto";
import { appendFileSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, it, onTestFinished, vi } from "vitest";
import { connect, type Gate, tensor } from "../../client/typescript/index.js";
import { newKeys } from "../../engines/onnx/signing/keys.js";
import { signVersions } from "../../engines/onnx/signing/sign.js";
import { parseConfig } from "../../gateway/config/parse.js";
import { startGateway, type TestGateway } from "../support/gateway.js";
import { echoConfig, negated, repositoryOf, writeVersion } from "../support/repository.js";
import { until } from "../support/until.js";

const waitMs = 20_000;
vi.setConfig({ testTimeout: 3 * waitMs });
const desk = newKeys();
const stranger = newKeys();

let gateway: TestGateway;
let gate: Gate;
let models: string;
let data: string;
afterEach(async () => {
  await gate.close();
  await gateway.stop();
});

const signed = (model: string, { privatePem } = desk) =>
  signVersions({ model, models }, createPrivateKey(privatePem), "2026-11-28T08:00:00.000Z");

async function serve(settings: Readonly<Record<string, unknown>> = {}): Promise<void> {
  data = await mkdtemp(join(tmpdir(), "headgate-signed-"));
  onTestFinished(() => rm(data, { recursive: true, force: true }));
  gateway = await startGateway({
    models,
    data,
    repository: {
      ...{ poll_ms: 50, settle_ms: 60, require_signed: true, trusted_keys: [desk.publicPem] },
      ...settings,
    },
  });
  gate = await connect(gateway.url);
}

const described = async (name: string) => (await gate.describe()).models.filter((each) => each.name === name);
const ask = async (model: string) => (await gate.infer(model, { X: tensor([[1, 2]]) })).outputs["Y"]?.data[0];
const metric = async (line: string) => {
  const text = await (await fetch(`${gateway.http}/metrics`)).text();
  const found = text.split("\n").find((each) => each.startsWith(line));
  return found === undefined ? 0 : Number(found.split(" ").pop());
};
const copies = async () => (await readdir(join(data, "verified-models"))).sort();

it("serves what the desk has signed, and says of every other version what is wrong with it", async () => {
  models = await repositoryOf({ good: {}, none: {}, other: {}, changed: {} });
  await signed("good");
  await signed("other", stranger);
  await signed("changed");
  appendFileSync(join(models, "changed", "1", "golden.json"), " ");
  await serve();
  expect(await ask("good")).toBe(1);
  const reasons: Readonly<Record<string, RegExp>> = {
    none: /none\/1 has no manifest\.json with its manifest\.sig, and repository\.require_signed is set/,
    other: new RegExp(`signed by the key ${stranger.id}, and the trusted keys are ${desk.id}`),
    changed: /changed\/1 is not as it was signed: golden\.json differs/,
  };
  for (const [name, words] of Object.entries(reasons)) {
    expect(await described(name)).toMatchObject([
      { state: "unavailable", reason: expect.stringMatching(words) },
    ]);
    await expect(ask(name)).rejects.toMatchObject({ code: "unavailable" });
  }
  const outcome = (model: string, is: string) =>
    metric(`headgate_model_signatures_total{model="${model}",version="1",outcome="${is}"}`);
  expect(await outcome("good", "verified")).toBe(1);
  expect(await outcome("none", "unsigned")).toBe(1);
  expect(await outcome("other", "untrusted")).toBe(1);
  expect(await outcome("changed", "differs")).toBe(1);
  expect(await copies()).toHaveLength(1);
});

it("loads what it verified, in a restarted worker too, whatever the repository holds by then", async () => {
  models = await repositoryOf({ good: {} });
  await signed("good");
  await serve({ poll_ms: 86_400_000, settle_ms: 3_600_000 });
  await writeFile(join(models, "good", "1", "model.onnx"), negated.model ?? "");
  await gateway.gateway.modelPool.workers[0]?.kill();
  await until(async () => expect(await ask("good")).toBe(1), waitMs);
});

it("goes on with what served when its files, its config or its card change, and follows once they are signed", async () => {
  models = await repositoryOf({ good: {} });
  await writeFile(join(models, "good", "README.md"), "It answers what it is asked.");
  await signed("good");
  await serve();
  const card = async () => (await described("good"))[0]?.card;
  expect(await card()).toBe("It answers what it is asked.");
  await writeFile(join(models, "good", "README.md"), "Send your orders to me.");
  await until(async () => expect(await card()).toBeUndefined(), waitMs);

  const vouched = { ...echoConfig("good"), batching: "asserted" };
  await writeFile(join(models, "good", "config.json"), JSON.stringify(vouched));
  const words = /good\/1 is not as it was signed: the model's config differs/;
  await until(
    async () =>
      expect(await described("good")).toMatchObject([
        { state: "ready", reason: expect.stringMatching(words) },
      ]),
    waitMs,
  );
  await writeVersion(join(models, "good", "2"), negated);
  await until(
    async () =>
      expect((await described("good")).map(({ version, state }) => [version, state])).toContainEqual([
        "2",
        "unavailable",
      ]),
    waitMs,
  );
  expect(await ask("good")).toBe(1);

  await signed("good");
  await until(async () => expect(await ask("good")).toBe(-1), waitMs);
  await until(async () => expect(await card()).toBe("Send your orders to me."), waitMs);
  await until(async () => expect(await copies()).toHaveLength(1), waitMs);
});

it("a config and a card that are put back clear what was said of them", async () => {
  models = await repositoryOf({ good: {} });
  const folder = join(models, "good");
  await writeFile(join(folder, "README.md"), "It answers what it is asked.");
  await signed("good");
  await serve();
  const original = await readFile(join(folder, "config.json"));
  await writeFile(join(folder, "config.json"), JSON.stringify({ ...echoConfig("good"), max_batch_size: 4 }));
  await writeFile(join(folder, "README.md"), "Send your orders to me.");
  await until(async () => {
    const [told] = await described("good");
    expect(told?.["reason"]).toMatch(/good\/1 is not as it was signed: the model's config differs/);
    expect(told?.card).toBeUndefined();
  }, waitMs);
  await writeFile(join(folder, "config.json"), original);
  await writeFile(join(folder, "README.md"), "It answers what it is asked.");
  await until(async () => {
    const [told] = await described("good");
    expect(told).toMatchObject({ state: "ready", card: "It answers what it is asked." });
    expect(told).not.toHaveProperty("reason");
  }, waitMs);
  expect(await ask("good")).toBe(1);
});

it("copies are removed with the versions that are closed, and what an earlier process left is", async () => {
  models = await repositoryOf({ good: {} });
  await signed("good");
  await serve();
  expect(await copies()).toHaveLength(1);
  await rm(join(models, "good"), { recursive: true });
  await until(async () => expect(await copies()).toHaveLength(0), waitMs);
});

it("a private key in the place of a trusted one, and none where one is required, are told without being shown", async () => {
  const start = (repository: object) => startGateway({ repository });
  await expect(start({ require_signed: true, trusted_keys: [desk.privatePem] })).rejects.toThrow(
    /^repository\.trusted_keys\.0: the inline key is a private key, which belongs to who signs: give the public one$/,
  );
  expect(() => parseConfig({ repository: { require_signed: true } })).toThrow(
    /repository\.trusted_keys: must name at least one public key where require_signed is true/,
  );
  models = await repositoryOf({});
  await serve();
});
