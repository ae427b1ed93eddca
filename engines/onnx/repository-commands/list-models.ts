/** What is in a repository, as its folders say it: nothing is opened. */

import { readGolden } from "../golden.js";
import { byRuntime } from "../import/golden-file.js";
import { whyNoVersion } from "../layouts/no-version.js";
import { chooseVersions, type ModelConfig } from "../model-config.js";
import type { ModelFolder, VersionFolder } from "../model-folder.js";
import { RepositoryReader } from "../repository.js";

export interface ListedVersion {
  readonly name: string;
  /** Null for a model without a version that is read. */
  readonly version: number | null;
  /** `serves`: it is opened, and takes its share once it is proven. `stands by`: the version policy leaves it out. */
  readonly state: "serves" | "shadow" | "stands by" | "not served";
  /** Why it is not served. */
  readonly reason?: string;
  /** Its share of the requests that name no version, 0 to 1. */
  readonly weight: number;
  /** Of its files. */
  readonly bytes: number;
  /** What its golden answer proves; null where it has none. */
  readonly golden: { readonly made_by: string; readonly proves: "training library" | "stability" } | null;
  /** Whose folder it is. */
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
    config.version_policy,
    versions.map(({ version }) => version),
  );
  const shares = sharesOf(config, chosen);
  const rows = versions.map(async (found): Promise<ListedVersion> => {
    const { golden, reason } = await goldenOf(found);
    const { version, bytes } = found;
    const base = { name, version, bytes, golden, layout };
    if (!chosen.includes(version)) return { ...base, state: "stands by", weight: 0 };
    if (reason !== undefined) return { ...base, state: "not served", weight: 0, reason };
    const isShadow = config.traffic.shadow?.version === String(version);
    return { ...base, state: isShadow ? "shadow" : "serves", weight: shares.get(version) ?? 0 };
  });
  return Promise.all(rows);
}

function unserved({ name, layout }: ModelFolder, reason: string): ListedVersion {
  return { name, version: null, state: "not served", reason, weight: 0, bytes: 0, golden: null, layout };
}

/** As the gateway shares them out once all are ready. */
export function sharesOf({ traffic }: ModelConfig, chosen: readonly number[]): ReadonlyMap<number, number> {
  const able = chosen.filter((version) => traffic.shadow?.version !== String(version));
  const weights = able.map((version) => [version, traffic.weights?.[String(version)] ?? 0] as const);
  const total = weights.reduce((sum, [, weight]) => sum + weight, 0);
  if (total > 0) return new Map(weights.map(([version, weight]) => [version, weight / total]));
  return new Map(able.slice(0, 1).map((highest) => [highest, 1]));
}

async function goldenOf({ goldenPath }: VersionFolder): Promise<Pick<ListedVersion, "golden" | "reason">> {
  try {
    const { madeBy } = await readGolden(goldenPath);
    const proves = madeBy.startsWith(byRuntime) ? "stability" : "training library";
    return { golden: { made_by: madeBy, proves } };
  } catch (error) {
    return { golden: null, reason: error instanceof Error ? error.message : String(error) };
  }
}
