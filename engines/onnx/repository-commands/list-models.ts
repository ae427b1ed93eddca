/** Lists the models of a repository from their folders, without opening them. */

import { readGolden } from "../golden.js";
import { byRuntime } from "../import/golden-file.js";
import { whyNoVersion } from "../layouts/no-version.js";
import { chooseVersions, type ModelConfig } from "../model-config.js";
import type { ModelFolder, VersionFolder } from "../model-folder.js";
import { RepositoryReader } from "../repository.js";

export interface ListedVersion {
  readonly name: string;
  /** The version's number; null for a model without a valid version. */
  readonly version: number | null;
  /**
   * `serves`: the version policy includes it, and it gets its share of the requests once it is proven. `stands by`:
   * the version policy excludes it.
   */
  readonly state: "serves" | "shadow" | "stands by" | "not served";
  /** Why the version is not served. */
  readonly reason?: string;
  /** The version's share, 0 to 1, of the requests that name no version. */
  readonly weight: number;
  /** When the version expires, in ISO 8601; null: never. */
  readonly expires_at: string | null;
  /** The names that stand for the version. */
  readonly aliases: readonly string[];
  /** Bytes of the version's files. */
  readonly bytes: number;
  /** What the version's golden answer proves; null where it has none. */
  readonly golden: { readonly made_by: string; readonly proves: "training library" | "stability" } | null;
  /** The layout of the folder: Headgate's, or another server's. */
  readonly layout: ModelFolder["layout"];
}

/** @throws when the folder cannot be read */
export async function listModels(repository: string): Promise<ListedVersion[]> {
  const listed: ListedVersion[] = [];
  for (const folder of await new RepositoryReader(repository).read())
    listed.push(...(await versionsOf(folder)));
  return listed;
}

async function versionsOf(folder: ModelFolder): Promise<ListedVersion[]> {
  const { name, config, versions, layout } = folder;
  if ("reason" in config) return [unserved(folder, config.reason)];
  if (versions.length === 0) return [unserved(folder, whyNoVersion(folder))];
  const chosen = chooseVersions(
    config,
    versions.map(({ version }) => version),
  );
  const shares = sharesOf(config, chosen);
  const rows = versions.map(async (found): Promise<ListedVersion> => {
    const { golden, reason } = await goldenOf(found);
    const { version, bytes, expiresTs } = found;
    const expiresAt = expiresTs === undefined ? null : new Date(expiresTs).toISOString();
    const base = {
      name,
      version,
      bytes,
      golden,
      layout,
      expires_at: expiresAt,
      aliases: aliasesOf(config, version),
    };
    if (!chosen.includes(version)) return { ...base, state: "stands by", weight: 0 };
    if (reason !== undefined) return { ...base, state: "not served", weight: 0, reason };
    const isShadow = config.traffic.shadow?.version === String(version);
    return { ...base, state: isShadow ? "shadow" : "serves", weight: shares.get(version) ?? 0 };
  });
  return Promise.all(rows);
}

function unserved({ name, layout }: ModelFolder, reason: string): ListedVersion {
  const none = { version: null, weight: 0, bytes: 0, golden: null, aliases: [], expires_at: null };
  return { name, ...none, state: "not served", reason, layout };
}

function aliasesOf({ aliases = {} }: ModelConfig, version: number): string[] {
  return Object.keys(aliases).filter((alias) => aliases[alias] === String(version));
}

/** The shares of the versions once all of them are ready. */
export function sharesOf({ traffic }: ModelConfig, chosen: readonly number[]): ReadonlyMap<number, number> {
  const able = chosen.filter((version) => traffic.shadow?.version !== String(version));
  const weights = able.map((version) => [version, traffic.weights?.[String(version)] ?? 0] as const);
  const total = weights.reduce((sum, [, weight]) => sum + weight, 0);
  if (total > 0) return new Map(weights.map(([version, weight]) => [version, weight / total]));
  return new Map(able.slice(0, 1).map((highest) => [highest, 1]));
}

async function goldenOf({
  goldenPath,
  fault,
}: VersionFolder): Promise<Pick<ListedVersion, "golden" | "reason">> {
  if (fault !== undefined) return { golden: null, reason: fault };
  try {
    const { madeBy } = await readGolden(goldenPath);
    const proves = madeBy.startsWith(byRuntime) ? "stability" : "training library";
    return { golden: { made_by: madeBy, proves } };
  } catch (error) {
    return { golden: null, reason: error instanceof Error ? error.message : String(error) };
  }
}
