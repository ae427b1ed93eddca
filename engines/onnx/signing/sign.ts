/** Signs versions of a model: writes the manifest of their files and its signature beside them. */
import { type KeyObject, sign } from "node:crypto";
import { rename, writeFile } from "node:fs/promises";
import { basename, dirname, join, relative, resolve } from "node:path";
import { confinedFolders } from "../confinement.js";
import { modelLimits } from "../inspection/model-limits.js";
import { inspectVersion, versionFiles } from "../inspection/version-inspection.js";
import type { ModelFolder, VersionFolder } from "../model-folder.js";
import { RepositoryReader } from "../repository.js";
import { keyId } from "./keys.js";
import { isListed, type Manifest, manifestBytes, manifestFile, signatureFile } from "./manifest.js";
import { hashFile } from "./verify.js";

/** Which versions of a model a command is for. */
export interface ModelSelection {
  /** The model's name in the repository, or the path of its folder. */
  readonly model: string;
  /** The path of the repository's folder. */
  readonly models: string;
  /** The version's number; absent: all versions. */
  readonly version?: number | undefined;
}

export interface SignResult {
  /** The folder of the signed version. */
  readonly folder: string;
  readonly files: number;
  readonly bytes: number;
}

export interface SelectedVersions {
  readonly folder: ModelFolder;
  readonly versions: readonly VersionFolder[];
}

/** @throws naming the model or the version that does not exist, or cannot be read */
export async function selectVersions({ model, models, version }: ModelSelection): Promise<SelectedVersions> {
  const isName = /^[\w.-]+$/.test(model);
  const [repository, name] = isName ? [models, model] : [dirname(resolve(model)), basename(resolve(model))];
  const folder = await new RepositoryReader(repository).readOne(name);
  if (folder === undefined)
    throw new Error(
      `${repository} has no model ${name}: give a name in --models, or a model's folder by its path, such as ./${name}`,
    );
  if ("reason" in folder.config) throw new Error(folder.config.reason);
  const versions = folder.versions.filter((each) => version === undefined || each.version === version);
  if (versions.length === 0)
    throw new Error(
      `${folder.path} has no version ${version ?? ""}; it has ${folder.versions.map((each) => each.version).join(", ") || "none"}`,
    );
  for (const { fault } of versions) if (fault !== undefined) throw new Error(fault);
  return { folder, versions };
}

/**
 * @param created when it is signed, in ISO 8601
 * @throws with the reason; versions before the one that fails are signed then
 */
export async function signVersions(
  selection: ModelSelection,
  key: KeyObject,
  created: string,
): Promise<SignResult[]> {
  const { folder, versions } = await selectVersions(selection);
  const signed: SignResult[] = [];
  for (const version of versions) {
    const manifest = await manifestOf(folder, version, { key_id: keyId(key), created });
    const bytes = manifestBytes(manifest);
    const signature = `${sign(null, bytes, key).toString("base64")}\n`;
    // A gateway that reads one new file and one old one in between refuses the version and looks again.
    await replace(join(version.path, signatureFile), signature);
    await replace(join(version.path, manifestFile), bytes);
    const total = manifest.files.reduce((sum, file) => sum + file.bytes, 0);
    signed.push({ folder: version.path, files: manifest.files.length, bytes: total });
  }
  return signed;
}

async function manifestOf(
  { name, cardDigest }: ModelFolder,
  version: VersionFolder,
  signing: Pick<Manifest, "key_id" | "created">,
): Promise<Manifest> {
  const { path, linkedFolders, modelPath, settingsDigest } = version;
  const place = { folder: path, linkedFolders, modelPath };
  const { external } = await inspectVersion(place, modelLimits);
  const listed = (await versionFiles(place)).filter(({ name: file }) => isListed(file));
  const names = new Set(listed.map(({ name: file }) => file));
  for (const location of external.map((each) => relative(path, join(dirname(modelPath), each.location))))
    if (!names.has(location))
      throw new Error(
        `${path}: the weights ${location} lie in a hidden or linked folder, which a manifest does not list: put them beside the graph`,
      );
  const folders = await confinedFolders([path, ...linkedFolders]);
  const files: Manifest["files"] = [];
  for (const { name: file, status } of listed) {
    const entry = { path: file, bytes: status.size };
    files.push({ ...entry, sha256: await hashFile(path, entry, { folders }) });
  }
  return {
    format: "headgate-manifest-1",
    model: name,
    version: version.version,
    ...signing,
    graph: relative(path, modelPath),
    settings_sha256: settingsDigest,
    card_sha256: cardDigest,
    files,
  };
}

async function replace(path: string, content: string | Uint8Array): Promise<void> {
  const aside = join(dirname(path), `.${basename(path)}.new`);
  await writeFile(aside, content);
  await rename(aside, path);
}
