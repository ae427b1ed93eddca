/** What a version is opened from where signatures are required: known by what was signed, not by its files' times. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pino from "pino";
import { expect, it, onTestFinished } from "vitest";
import { sourceOf } from "../../engines/onnx/model-source.js";
import { RepositoryReader } from "../../engines/onnx/repository.js";
import type { Verification } from "../../engines/onnx/signing/verify.js";
import { SignedAdmission } from "../../gateway/models/admission.js";
import { repositoryOf } from "../support/repository.js";

async function admission(verified: () => Verification) {
  const copies = await mkdtemp(join(tmpdir(), "headgate-copies-"));
  onTestFinished(() => rm(copies, { recursive: true, force: true }));
  const counted: string[] = [];
  const [model] = await new RepositoryReader(await repositoryOf({ m: {} })).read();
  const version = model?.versions[0];
  if (model === undefined || version === undefined || "reason" in model.config) throw new Error("no model");
  const source = sourceOf(model.config, version, ["cpu"]);
  const signed = new SignedAdmission({
    proofs: { verify: async () => verified() },
    metrics: { signatureChecked: (_, outcome) => counted.push(outcome) },
    log: pino({ level: "silent" }),
    trusted: [],
    copies,
  });
  const admit = () => signed.admit({ key: "m@1", source, stamp: "the same times", nice: 0 });
  return { admit, copies, counted };
}

it("another manifest is another version, though the files' sizes and times are the same", async () => {
  let manifestDigest = "one";
  const { admit, copies, counted } = await admission(() => ({
    ...{ outcome: "verified", keyId: "desk", cardDigest: null, manifestDigest },
  }));
  const first = await admit();
  manifestDigest = "two";
  const second = await admit();
  expect(second.stamp).not.toBe(first.stamp);
  expect(second.source.modelPath).not.toBe(first.source.modelPath);
  for (const { source } of [first, second]) {
    expect(source.modelPath.startsWith(copies)).toBe(true);
    expect(source.goldenPath.startsWith(copies)).toBe(true);
    expect(source.linkedFolders).toEqual([]);
  }
  expect(counted).toEqual(["verified", "verified"]);
});

it("what is not verified is refused with its reason", async () => {
  const { admit, counted } = await admission(() => ({
    outcome: "forged",
    reason: "one of the two was changed",
  }));
  await expect(admit()).rejects.toThrow("one of the two was changed");
  expect(counted).toEqual(["forged"]);
});
