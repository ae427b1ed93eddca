/** Which of a model's versions answers a request: the one that it names, or one that the model's traffic gives it. Pure. */
import type { CatalogEntry, Routing } from "./catalog-entry.js";
import { chooseVersion, type VersionWeight } from "./traffic.js";

export interface RoutedModel {
  readonly versions: Map<string, CatalogEntry>;
  routing: Routing;
  /** The versions that answer requests without a version; more than one when the traffic is split. */
  split: readonly VersionWeight[];
}

/** The version itself, or the one that the alias stands for. */
export function numberOf(
  { versions, routing: { aliases } }: RoutedModel,
  version: string | undefined,
): string | undefined {
  if (version === undefined || aliases === undefined || versions.has(version)) return version;
  return Object.hasOwn(aliases, version) ? aliases[version] : version;
}

export function routed(
  { split }: RoutedModel,
  name: string,
  tenant: string,
  stickyKey: string | undefined,
): string | undefined {
  if (split.length <= 1) return split[0]?.version;
  const key = stickyKey === undefined ? `t\u0000${tenant}` : `k\u0000${stickyKey}`;
  return chooseVersion(split, `${name}\u0000${key}`);
}

/** Whether requests are accepted for the version, including one that is loaded at its first request. */
export function answers({ state }: CatalogEntry): boolean {
  return state.kind === "ready" || state.kind === "unloaded";
}

/**
 * The versions that answer requests without a version. When none can, it is the highest version, whose state has the
 * reason. A version that has expired keeps its share, and refuses it: nobody is given another version unawares.
 */
export function splitOf({ versions, routing }: RoutedModel): VersionWeight[] {
  const { weights, shadow } = routing;
  const descending = [...versions.keys()].sort((a, b) => Number(b) - Number(a));
  const able = descending.filter(
    (version) => version !== shadow && answers(versions.get(version) as CatalogEntry),
  );
  const weighted = able.flatMap((version) => {
    const weight = weights?.[version] ?? 0;
    return weight > 0 ? [{ version, weight }] : [];
  });
  if (weighted.length > 0) return weighted;
  const highest = able[0] ?? descending.find((version) => version !== shadow);
  return highest === undefined ? [] : [{ version: highest, weight: 1 }];
}
