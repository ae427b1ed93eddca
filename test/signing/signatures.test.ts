/** Signed versions: each change of what was signed is found and named, and what was copied is what was verified. */
import { execFileSync, spawnSync } from "node:child_process";
import { createHash, createPrivateKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { appendFileSync } from "node:fs";
import { appendFile, cp, mkdir, readdir, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { RepositoryReader } from "../../engines/onnx/repository.js";
import { newKeys, signingKey, type TrustedKey, trustedKey } from "../../engines/onnx/signing/keys.js";
import { signVersions } from "../../engines/onnx/signing/sign.js";
import { type SignedVersion, verifyVersion } from "../../engines/onnx/signing/verify.js";
import { echoConfig, repositoryOf } from "../support/repository.js";

const hasOpenssl = spawnSync("openssl", ["version"]).status === 0;
const desk = newKeys();
const stranger = newKeys();
const trusted: readonly TrustedKey[] = [trustedKey(desk.publicPem)];
const privateKey = (pem: string): KeyObject => createPrivateKey(pem);
const created = "2026-11-28T08:00:00.000Z";

let models: string;
let version: string;
beforeEach(async () => {
  models = await repositoryOf({ risk: { versions: ["1", "2"] } });
  version = join(models, "risk", "2");
  await signVersions({ model: "risk", models }, privateKey(desk.privatePem), created);
});

async function signedVersion(name = "risk", number = 2): Promise<SignedVersion> {
  const folder = await new RepositoryReader(models).readOne(name);
  const found = folder?.versions.find((each) => each.version === number);
  if (found === undefined) throw new Error("no such version");
  const { path, linkedFolders, modelPath, settingsDigest } = found;
  return { folder: path, linkedFolders, modelPath, settingsDigest, name, version: number };
}

const verified = async (name?: string, number?: number, keys = trusted) =>
  verifyVersion(await signedVersion(name, number), keys);

it("a version as it was signed is verified, whatever the order of the settings in its config", async () => {
  const manifest = await readFile(join(version, "manifest.json"));
  const manifestDigest = createHash("sha256").update(manifest).digest("hex");
  expect(await verified()).toEqual({ outcome: "verified", keyId: desk.id, cardDigest: null, manifestDigest });
  const turned = Object.fromEntries(Object.entries(echoConfig("risk")).reverse());
  await writeFile(join(models, "risk", "config.json"), JSON.stringify(turned, null, 4));
  expect(await verified()).toMatchObject({ outcome: "verified" });
});

it.skipIf(!hasOpenssl)("openssl agrees about the signature", async () => {
  const [key, signature] = [join(models, "key.pub"), join(models, "signature")];
  await writeFile(key, desk.publicPem);
  await writeFile(signature, Buffer.from(await readFile(join(version, "manifest.sig"), "utf8"), "base64"));
  const manifest = join(version, "manifest.json");
  const told = execFileSync("openssl", [
    "pkeyutl",
    "-verify",
    "-pubin",
    "-inkey",
    key,
    "-rawin",
    "-in",
    manifest,
    "-sigfile",
    signature,
  ]);
  expect(String(told)).toContain("Verified Successfully");
});

describe("each difference is named", () => {
  const cases: Readonly<Record<string, readonly [() => Promise<unknown>, RegExp]>> = {
    "a byte of the graph": [
      async () => {
        const bytes = await readFile(join(version, "model.onnx"));
        bytes.writeUInt8((bytes.at(-1) ?? 0) ^ 1, bytes.length - 1);
        await writeFile(join(version, "model.onnx"), bytes);
      },
      /risk\/2 is not as it was signed: model\.onnx differs$/,
    ],
    "a longer golden answer": [
      () => appendFile(join(version, "golden.json"), " "),
      /golden\.json differs: it has \d+ bytes, and \d+ were signed/,
    ],
    "a file too many": [
      () => writeFile(join(version, "tokenizer.json"), "{}"),
      /tokenizer\.json is extra: it was not signed/,
    ],
    "a file too few": [() => rm(join(version, "golden.json")), /golden\.json is missing/],
    "what the config vouches for": [
      () =>
        writeFile(
          join(models, "risk", "config.json"),
          JSON.stringify({ ...echoConfig("risk"), batching: "asserted" }),
        ),
      /the model's config differs/,
    ],
  };
  it.each(Object.entries(cases))("%s", async (_, [change, words]) => {
    await change();
    expect(await verified()).toEqual({ outcome: "differs", reason: expect.stringMatching(words) });
  });

  it("not: hidden files, and the settings by which an operator chooses versions", async () => {
    await writeFile(join(version, ".DS_Store"), "x");
    const config = {
      ...echoConfig("risk"),
      traffic: { weights: { "1": 1 } },
      version_policy: { all: {} },
      load: "first_use",
    };
    await writeFile(join(models, "risk", "config.json"), JSON.stringify(config));
    expect(await verified()).toMatchObject({ outcome: "verified" });
  });
});

describe("whose signature it is", () => {
  it("none", async () => {
    await rm(join(version, "manifest.sig"));
    expect(await verified()).toEqual({
      outcome: "unsigned",
      reason: expect.stringMatching(/risk\/2 has no manifest\.json.*headgate models sign/),
    });
  });

  it("a stranger's", async () => {
    await signVersions({ model: "risk", models, version: 2 }, privateKey(stranger.privatePem), created);
    expect(await verified()).toEqual({
      outcome: "untrusted",
      reason: expect.stringContaining(
        `signed by the key ${stranger.id}, and the trusted keys are ${desk.id}`,
      ),
    });
    expect(await verified("risk", 1)).toMatchObject({ outcome: "verified" });
    const both = [...trusted, trustedKey(stranger.publicPem)];
    expect(await verified("risk", 2, both)).toMatchObject({ outcome: "verified", keyId: stranger.id });
  });

  it("a stranger's with the name of a trusted key, a manifest that was changed, a signature of nothing", async () => {
    const manifest = await readFile(join(version, "manifest.json"), "utf8");
    const forged = {
      outcome: "forged",
      reason: expect.stringMatching(/manifest\.sig is no signature of manifest\.json by the key/),
    };
    await writeFile(join(version, "manifest.json"), manifest.replace('"version": 2', '"version": 3'));
    expect(await verified()).toEqual(forged);
    await writeFile(join(version, "manifest.json"), manifest);
    for (const signature of ["", "AAAA", "x".repeat(88)]) {
      await writeFile(join(version, "manifest.sig"), signature);
      expect(await verified()).toEqual(forged);
    }
    await writeFile(join(version, "manifest.json"), "[".repeat(100_000));
    expect(await verified()).toMatchObject({ outcome: "untrusted" });
  });

  it("a pipe in its place is not waited for", async () => {
    await rm(join(version, "manifest.sig"));
    execFileSync("mkfifo", [join(version, "manifest.sig")]);
    expect(await verified()).toMatchObject({
      outcome: "unsigned",
      reason: expect.stringContaining("no plain file"),
    });
  });
});

it("a signed version is not taken for another: neither under another number nor another name", async () => {
  await cp(join(models, "risk", "1"), join(models, "risk", "3"), { recursive: true });
  expect(await verified("risk", 3)).toEqual({
    outcome: "differs",
    reason: expect.stringMatching(
      /risk\/3 is not as it was signed: manifest\.json is that of version 1 of risk/,
    ),
  });
  await mkdir(join(models, "other"));
  await writeFile(join(models, "other", "config.json"), JSON.stringify(echoConfig("other")));
  await cp(version, join(models, "other", "2"), { recursive: true });
  expect(await verified("other", 2)).toMatchObject({
    reason: expect.stringContaining("that of version 2 of risk"),
  });
});

it("what is copied is what was verified, as plain files, and nothing else", async () => {
  const data = join(version, "data");
  await mkdir(data);
  await writeFile(join(data, "w.bin"), "weights");
  await symlink("data/w.bin", join(version, "linked.bin"));
  await writeFile(join(version, ".hidden"), "x");
  await signVersions({ model: "risk", models, version: 2 }, privateKey(desk.privatePem), created);
  const copy = join(models, ".copy");
  expect(await verifyVersion(await signedVersion(), trusted, copy)).toMatchObject({ outcome: "verified" });
  appendFileSync(join(data, "w.bin"), " that were changed");
  await rename(join(version, "model.onnx"), join(version, "gone.onnx"));
  expect(await readFile(join(copy, "linked.bin"), "utf8")).toBe("weights");
  const copied = await readdir(copy, { recursive: true, withFileTypes: true });
  const files = copied.filter((entry) => !entry.isDirectory());
  expect(files.every((entry) => entry.isFile())).toBe(true);
  expect(files.map(({ name }) => name).sort()).toEqual(["golden.json", "linked.bin", "model.onnx", "w.bin"]);
});

it("the folders of other servers are signed as they are: a graph alone, Triton's, MLflow's", async () => {
  await rm(join(models, "risk", "config.json"));
  await mkdir(join(models, "flat"));
  for (const file of ["model.onnx", "golden.json"])
    await cp(join(models, "risk", "1", file), join(models, "flat", file));
  await writeFile(join(models, "flat", "MLmodel"), "flavors:\n  onnx:\n    data: model.onnx\n");
  for (const model of ["risk", "flat"])
    await signVersions({ model, models }, privateKey(desk.privatePem), created);
  expect(await verified()).toMatchObject({ outcome: "verified" });
  expect(await verified("flat", 1)).toMatchObject({ outcome: "verified" });
  await cp(join(models, "flat", "model.onnx"), join(models, "flat", "other.onnx"));
  await writeFile(join(models, "flat", "MLmodel"), "flavors:\n  onnx:\n    data: other.onnx\n");
  expect(await verified("flat", 1)).toMatchObject({
    outcome: "differs",
    reason: expect.stringMatching(/model\.onnx was signed as the graph, and other\.onnx would be served/),
  });
});

describe("keys", () => {
  const file = async (text: string) => {
    const path = join(models, "key.pem");
    await writeFile(path, text);
    return path;
  };

  it.skipIf(!hasOpenssl)("of openssl are taken, in files and as text", async () => {
    const path = join(models, "openssl.pem");
    execFileSync("openssl", ["genpkey", "-algorithm", "ed25519", "-out", path]);
    const pem = execFileSync("openssl", ["pkey", "-in", path, "-pubout"], { encoding: "utf8" });
    expect(trustedKey(await file(pem))).toEqual(trustedKey(pem));
    await signVersions({ model: "risk", models }, signingKey(path), created);
    expect(await verified("risk", 1, [trustedKey(pem)])).toMatchObject({ outcome: "verified" });
  });

  it("of the wrong kind are told from each other, and no private key is shown", async () => {
    expect(() => trustedKey(desk.privatePem)).toThrow(
      /^the inline key is a private key, which belongs to who signs: give the public one$/,
    );
    const path = await file(desk.publicPem);
    expect(() => signingKey(path)).toThrow(/is a public key: give the private one/);
    expect(() => trustedKey(join(models, "none.pem"))).toThrow(/none\.pem cannot be read/);
    const pipe = join(models, "pipe.pem");
    execFileSync("mkfifo", [pipe]);
    expect(() => trustedKey(pipe)).toThrow(/pipe\.pem cannot be read: it is no plain file$/);
    const nothing = await file("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n");
    expect(() => trustedKey(nothing)).toThrow(/is no public key in PEM: make one with openssl/);
    const { privateKey: key } = generateKeyPairSync("rsa", { modulusLength: 1_024 });
    const rsa = key.export({ type: "pkcs8", format: "pem" }).toString();
    const rsaPath = await file(rsa);
    expect(() => signingKey(rsaPath)).toThrow(/is a key of rsa, and ed25519 is needed/);
  });
});
