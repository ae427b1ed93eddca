/**
 * Verifies a version's signature: that a trusted key signed its manifest, that the manifest is this version's, and
 * that it lists exactly the version's files.
 */
import { createHash, createPublicKey, verify } from "node:crypto";
import { type FileHandle, mkdir, open } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { type ConfinedFolders, confinedFolders, openPlainFile } from "../confinement.js";
import { versionFiles } from "../inspection/version-inspection.js";
import type { ModelSource } from "../model-source.js";
import { readPlainBytes } from "../plain-file.js";
import type { TrustedKey } from "./keys.js";
import {
  claimedKey,
  differingFile,
  isListed,
  type Manifest,
  type ManifestFile,
  manifestBytesMax,
  manifestFile,
  parseManifest,
  signatureFile,
} from "./manifest.js";

/** A version as it was read, which a signature is to vouch for. */
export type SignedVersion = Pick<ModelSource, "folder" | "linkedFolders" | "modelPath" | "settingsDigest"> & {
  readonly name: string;
  readonly version: number;
};

export type Verification =
  | {
      readonly outcome: "verified";
      readonly keyId: string;
      /** The digest of the card that was signed; null: there was none. */
      readonly cardDigest: string | null;
      /** The SHA-256 of the manifest, and so of everything that it lists. */
      readonly manifestDigest: string;
    }
  | {
      /** `differs`: signed by a trusted key, and not this. */
      readonly outcome: "unsigned" | "untrusted" | "forged" | "differs";
      readonly reason: string;
    };

const chunkBytes = 1_048_576;

/**
 * @param copyTo a new folder: every byte that is verified is written there as it is read, so that what is loaded from
 *   there is what was verified, whatever becomes of the version's own folder. Absent: nothing is copied
 * @throws when a file cannot be read or written
 */
export async function verifyVersion(
  version: SignedVersion,
  trusted: readonly TrustedKey[],
  copyTo?: string,
): Promise<Verification> {
  const found = await signedManifest(version, trusted);
  if ("reason" in found) return found;
  const { manifest, keyId, manifestDigest } = found;
  const reason = whyAnother(manifest, version) ?? (await differenceOf(manifest, version, copyTo));
  if (reason === undefined)
    return { outcome: "verified", keyId, cardDigest: manifest.card_sha256, manifestDigest };
  return { outcome: "differs", reason: `${version.folder} is not as it was signed: ${reason}` };
}

type UnverifiedManifest = Exclude<Verification, { readonly outcome: "verified" }>;

interface VerifiedManifest {
  readonly manifest: Manifest;
  readonly keyId: string;
  readonly manifestDigest: string;
}

async function signedManifest(
  { folder, linkedFolders }: SignedVersion,
  trusted: readonly TrustedKey[],
): Promise<VerifiedManifest | UnverifiedManifest> {
  const folders = await confinedFolders([folder, ...linkedFolders]);
  const read = (name: string, most: number) => readPlainBytes(join(folder, name), most, folders);
  let bytes: Buffer;
  let signature: Buffer;
  try {
    bytes = await read(manifestFile, manifestBytesMax);
    signature = Buffer.from((await read(signatureFile, 1_024)).toString("latin1"), "base64");
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    const isAbsent = (error as NodeJS.ErrnoException).code === "ENOENT";
    return {
      outcome: "unsigned",
      reason: isAbsent
        ? `${folder} has no ${manifestFile} with its ${signatureFile}, and repository.require_signed is set: sign it with "headgate models sign"`
        : `${folder} has a ${manifestFile} or ${signatureFile} that cannot be read: ${words}`,
    };
  }
  // The signature comes first: nothing of a manifest is looked at that no trusted key vouches for.
  const key = trusted.find(({ pem }) => verify(null, bytes, createPublicKey(pem), signature));
  if (key !== undefined) {
    try {
      const manifestDigest = createHash("sha256").update(bytes).digest("hex");
      return { manifest: parseManifest(bytes), keyId: key.id, manifestDigest };
    } catch (error) {
      const words = error instanceof Error ? error.message : String(error);
      return { outcome: "differs", reason: `${folder}/${manifestFile} is of another format: ${words}` };
    }
  }
  const claimed = claimedKey(bytes);
  if (trusted.some(({ id }) => id === claimed))
    return {
      outcome: "forged",
      reason: `${folder}/${signatureFile} is no signature of ${manifestFile} by the key ${claimed}: one of the two was changed`,
    };
  return {
    outcome: "untrusted",
    reason: `${folder} is signed by the key ${claimed}, and the trusted keys are ${trusted.map(({ id }) => id).join(", ") || "none"}`,
  };
}

/** Why the manifest is that of another version: a signed version does not serve under another name or number. */
function whyAnother(manifest: Manifest, version: SignedVersion): string | undefined {
  const { name, version: number, folder, modelPath, settingsDigest } = version;
  if (manifest.model !== name || manifest.version !== number)
    return `${manifestFile} is that of version ${manifest.version} of ${manifest.model}`;
  const graph = relative(folder, modelPath);
  if (manifest.graph !== graph)
    return `${manifest.graph} was signed as the graph, and ${graph} would be served`;
  if (manifest.settings_sha256 !== settingsDigest)
    return "the model's config differs (config.json or what stands for it, but for traffic, version_policy and load)";
  return undefined;
}

async function differenceOf(
  manifest: Manifest,
  version: SignedVersion,
  copyTo: string | undefined,
): Promise<string | undefined> {
  const { folder, linkedFolders } = version;
  const listed = (await versionFiles(version)).filter(({ name }) => isListed(name));
  const differs = differingFile(
    manifest,
    listed.map(({ name, status }) => ({ path: name, bytes: status.size })),
  );
  if (differs !== undefined) return differs;
  const folders = await confinedFolders([folder, ...linkedFolders]);
  if (copyTo !== undefined) await mkdir(copyTo, { recursive: true, mode: 0o700 });
  for (const file of manifest.files) {
    const digest = await hashFile(folder, file, { folders, copyTo });
    if (digest !== file.sha256) return `${file.path} differs`;
  }
  return undefined;
}

interface HashOptions {
  readonly folders: ConfinedFolders;
  readonly copyTo?: string | undefined;
}

/**
 * The SHA-256 of a file, of which at most the given bytes are read; they are copied as they are read.
 * @throws when the file has become another kind of file, or lies outside the folders
 */
export async function hashFile(
  folder: string,
  { path, bytes }: Pick<ManifestFile, "path" | "bytes">,
  { folders, copyTo }: HashOptions,
): Promise<string> {
  const from = await openPlainFile(join(folder, path), folders);
  try {
    if (copyTo === undefined) return await digestOf(from, bytes);
    const target = join(copyTo, path);
    await mkdir(dirname(target), { recursive: true, mode: 0o700 });
    const to = await open(target, "wx", 0o600);
    try {
      return await digestOf(from, bytes, to);
    } finally {
      await to.close();
    }
  } finally {
    await from.close();
  }
}

async function digestOf(from: FileHandle, bytes: number, to?: FileHandle): Promise<string> {
  const hash = createHash("sha256");
  const chunk = Buffer.alloc(Math.min(chunkBytes, Math.max(1, bytes)));
  for (let at = 0; at < bytes; ) {
    const { bytesRead } = await from.read(chunk, 0, Math.min(chunk.length, bytes - at), at);
    if (bytesRead === 0) break; // it became shorter meanwhile, and its digest differs
    const part = chunk.subarray(0, bytesRead);
    hash.update(part);
    if (to !== undefined) await to.writeFile(part);
    at += bytesRead;
  }
  return hash.digest("hex");
}
