/**
 * Every servable by name and version: those that can be requested, and those that cannot be served, with the reason.
 */

import type { Batching, Servable } from "../../engines/servable.js";
import { HeadgateError } from "../../protocol/errors.js";
import { shown } from "../../protocol/fields.js";
import type { PromotionRecord } from "../../protocol/promotion-frames.js";
import { chooseVersion, sharesOf, type VersionWeight } from "./traffic.js";

export type ServableState =
  /** A reason is given when the files on disk have changed and the new files cannot be served. */
  | { readonly kind: "ready"; readonly reason?: string }
  /** Loaded at its first request. `opening` is true once that has begun; requests wait meanwhile. */
  | { readonly kind: "unloaded"; readonly opening: boolean }
  | { readonly kind: "loading" }
  | { readonly kind: "unavailable"; readonly reason: string };

export interface CatalogEntry {
  readonly servable: Servable;
  readonly state: ServableState;
  /** Absent for fits, and for a model that was not loaded yet. */
  readonly figures?: ServableFigures;
}

/** What was measured and found out when a version was loaded. */
export interface ServableFigures {
  /** The execution backend, such as `onnxruntime-cpu`. */
  readonly backend: string;
  /** Whether rows of several requests are computed together, and how much faster that is. */
  readonly batching: Batching;
  /** Sentences for the client beside the signature, such as parts of the model's folder that are not applied. */
  readonly notes: readonly string[];
  /** Milliseconds since the epoch at which it was opened and reproduced its golden answer. */
  readonly provenAt: number;
  /** Measured bytes of an instance, the bytes of its files, and the number of instances. */
  readonly memory: {
    readonly fileBytes: number;
    readonly opening: number;
    readonly resident: number;
    readonly instances: number;
  };
  /** Which batches are computed on the thread of the sockets, at present. */
  readonly inline: () => InlineFigures;
}

export interface InlineFigures {
  /** The most rows of a batch that is computed there; 0: workers compute all. */
  readonly rows: number;
  /** Why workers compute all of its batches, where that does not change by itself. */
  readonly reason?: string;
}

/** How a request that names no version is given one. Without weights the highest version answers all of them. */
export interface Routing {
  readonly weights?: Readonly<Record<string, number>>;
  /** The shadow version: it answers only requests that name it. */
  readonly shadow?: string;
  /** Versions by the names that stand for them. */
  readonly aliases?: Readonly<Record<string, string>>;
}

interface RoutedModel {
  readonly versions: Map<string, CatalogEntry>;
  routing: Routing;
  /** The versions that answer requests without a version; more than one when the traffic is split. */
  split: readonly VersionWeight[];
}

const none: ReadonlyMap<string, CatalogEntry> = new Map();

export class Catalog {
  /** Incremented with every change. */
  revision = 0;
  private readonly entries = new Map<string, RoutedModel>();
  /** Folders of the repository without a servable model, with the reason. */
  private readonly refused = new Map<string, string>();
  private readonly histories = new Map<string, readonly PromotionRecord[]>();
  private readonly cards = new Map<string, string>();

  set(servable: Servable, state: ServableState, figures?: ServableFigures): void {
    this.revision++;
    const { name, version } = servable.signature;
    const named = this.entries.get(name) ?? {
      versions: new Map<string, CatalogEntry>(),
      routing: {},
      split: [],
    };
    this.entries.set(name, named);
    named.versions.set(version, { servable, state, ...(figures !== undefined && { figures }) });
    named.split = splitOf(named);
  }

  /** Removes a version: requests for it are answered with not_found from now on. */
  remove(name: string, version: string): void {
    this.revision++;
    const named = this.entries.get(name);
    if (named === undefined) return;
    named.versions.delete(version);
    named.split = splitOf(named);
    if (named.versions.size === 0) this.entries.delete(name);
  }

  route(name: string, routing: Routing): void {
    this.revision++;
    const named = this.entries.get(name);
    if (named === undefined) return;
    named.routing = routing;
    named.split = splitOf(named);
  }

  /** Records why a folder is not served; undefined when it is served now or was removed. */
  refuse(name: string, reason: string | undefined): void {
    this.revision++;
    if (reason === undefined) this.refused.delete(name);
    else this.refused.set(name, reason);
  }

  setCard(name: string, card: string | null): void {
    this.revision++;
    if (card === null) this.cards.delete(name);
    else this.cards.set(name, card);
  }

  setHistory(name: string, history: readonly PromotionRecord[]): void {
    if (history.length === 0 && !this.histories.has(name)) return;
    this.revision++;
    if (history.length === 0) this.histories.delete(name);
    else this.histories.set(name, history);
  }

  /** The model's promotions and rollbacks, the oldest first. */
  history(name: string): readonly PromotionRecord[] {
    return this.histories.get(name) ?? [];
  }

  /** The model's card, in Markdown. */
  card(name: string): string | undefined {
    return this.cards.get(name);
  }

  /**
   * The servable that answers a request: the requested version, or the one chosen by the model's routing.
   * @param tenant the client's tenant, which keeps its version between requests
   * @param stickyKey replaces the tenant for that purpose
   * @throws HeadgateError not_found, or unavailable with the reason
   */
  resolve(name: string, version?: string, tenant = "", stickyKey?: string): Servable {
    const named = this.entries.get(name);
    if (named === undefined) throw this.unknown(name);
    const wanted = numberOf(named, version) ?? routed(named, name, tenant, stickyKey);
    if (wanted === undefined)
      throw new HeadgateError(
        "unavailable",
        `model: ${name} has a shadow version only, which answers nobody`,
      );
    const entry = named.versions.get(wanted);
    if (entry === undefined)
      throw new HeadgateError(
        "not_found",
        `version: ${name} has no version ${shown(version)}; it has ${[...named.versions.keys(), ...Object.keys(named.routing.aliases ?? {})].join(", ")}`,
      );
    const { state, servable } = entry;
    // A trainer is found in any state: what asks here is no training, and is told so, whatever is installed.
    if (answers(entry) || servable.signature.kind === "trainer") return servable;
    const reason = state.kind === "unavailable" ? state.reason : "still loading";
    throw new HeadgateError("unavailable", `model: ${name} version ${servable.signature.version}: ${reason}`);
  }

  /** The versions of a servable in whatever state; empty for a name that there is not. */
  versions(name: string): ReadonlyMap<string, CatalogEntry> {
    return this.entries.get(name)?.versions ?? none;
  }

  /** The share of requests without a version that each version of a model answers. */
  shares(name: string): ReadonlyMap<string, number> {
    return sharesOf(this.entries.get(name)?.split ?? []);
  }

  /** The version whose answers are only compared with those of the others. */
  shadow(name: string): string | undefined {
    return this.entries.get(name)?.routing.shadow;
  }

  /** The names that stand for a version. */
  aliases(name: string, version: string): readonly string[] {
    const aliases = Object.entries(this.entries.get(name)?.routing.aliases ?? {});
    return aliases.filter(([, each]) => each === version).map(([alias]) => alias);
  }

  all(): CatalogEntry[] {
    return [...this.entries.values()].flatMap(({ versions }) => [...versions.values()]);
  }

  refusals(): ReadonlyMap<string, string> {
    return this.refused;
  }

  private unknown(name: string): HeadgateError {
    const reason = this.refused.get(name);
    if (reason !== undefined)
      return new HeadgateError("unavailable", `model: ${name} is not served: ${reason}`);
    const near = [...this.entries.keys()].sort().join(", ");
    return new HeadgateError("not_found", `model: no model ${shown(name)}; there are ${near}`);
  }
}

/** The version itself, or the one that the alias stands for. */
function numberOf(
  { versions, routing: { aliases } }: RoutedModel,
  version: string | undefined,
): string | undefined {
  if (version === undefined || aliases === undefined || versions.has(version)) return version;
  return Object.hasOwn(aliases, version) ? aliases[version] : version;
}

function routed(
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
function answers({ state }: CatalogEntry): boolean {
  return state.kind === "ready" || state.kind === "unloaded";
}

/**
 * The versions that answer requests without a version. When none can, it is the highest version, whose state has the
 * reason.
 */
function splitOf({ versions, routing }: RoutedModel): VersionWeight[] {
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
