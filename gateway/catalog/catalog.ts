/** Every servable by name and version: what may be asked for, and what is known but cannot answer. */

import type { Batching, Servable } from "../../engines/servable.js";
import { HeadgateError } from "../../protocol/errors.js";
import { shown } from "../../protocol/fields.js";
import { chooseVersion, sharesOf, type VersionWeight } from "./traffic.js";

export type ServableState =
  /** With a reason: its files changed, and what they are now cannot be served. */
  | { readonly kind: "ready"; readonly reason?: string }
  /** Opened when it is asked; `opening`: it was, and they wait. */
  | { readonly kind: "unloaded"; readonly opening: boolean }
  | { readonly kind: "loading" }
  | { readonly kind: "unavailable"; readonly reason: string };

export interface CatalogEntry {
  readonly servable: Servable;
  readonly state: ServableState;
  /** Absent while it was not opened yet, and of fits. */
  readonly figures?: ServableFigures;
}

/** What opening a version showed. */
export interface ServableFigures {
  /** Where it computes, such as `onnxruntime-cpu`. */
  readonly backend: string;
  /** Whether rows of several requests are computed together, and what that is worth. */
  readonly batching: Batching;
  /** What of its folder is not applied, and what whoever asks it should know beside its signature: a sentence each. */
  readonly notes: readonly string[];
  /** Bytes of an instance as it was measured, beside those of its files, and how many instances there are. */
  readonly memory: {
    readonly fileBytes: number;
    readonly opening: number;
    readonly resident: number;
    readonly instances: number;
  };
}

/** How requests that name no version find one. Absent weights: the highest version takes them all. */
export interface Routing {
  readonly weights?: Readonly<Record<string, number>>;
  /** Answers only who asks for it by its version. */
  readonly shadow?: string;
}

interface RoutedModel {
  readonly versions: Map<string, CatalogEntry>;
  routing: Routing;
  /** More than one: the traffic is split. */
  split: readonly VersionWeight[];
}

export class Catalog {
  /** Grows with every change. */
  revision = 0;
  private readonly entries = new Map<string, RoutedModel>();
  /** Folders of the repository that hold no servable model, and why. */
  private readonly refused = new Map<string, string>();
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

  /** Forgets a version: nobody can ask for it any more. */
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

  /** Undefined: what was refused is served, or gone. */
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

  /** The model's card, in Markdown. */
  card(name: string): string | undefined {
    return this.cards.get(name);
  }

  /**
   * The servable to answer a request: the version asked for, or the one that the model's traffic says.
   * @param tenant who asks @param stickyKey keeps requests together where the tenant should not
   * @throws HeadgateError not_found, or unavailable with the reason
   */
  resolve(name: string, version?: string, tenant = "", stickyKey?: string): Servable {
    const named = this.entries.get(name);
    if (named === undefined) throw this.unknown(name);
    const wanted = version ?? routed(named, name, tenant, stickyKey);
    if (wanted === undefined)
      throw new HeadgateError(
        "unavailable",
        `model: ${name} has a shadow version only, which answers nobody`,
      );
    const entry = named.versions.get(wanted);
    if (entry === undefined)
      throw new HeadgateError(
        "not_found",
        `version: ${name} has no version ${shown(version)}; it has ${[...named.versions.keys()].join(", ")}`,
      );
    const { state, servable } = entry;
    if (answers(entry)) return servable;
    const reason = state.kind === "unavailable" ? state.reason : "still loading";
    throw new HeadgateError("unavailable", `model: ${name} version ${servable.signature.version}: ${reason}`);
  }

  /** The share of the requests without a version that each version of a model gets. */
  shares(name: string): ReadonlyMap<string, number> {
    return sharesOf(this.entries.get(name)?.split ?? []);
  }

  /** The version that is only compared. */
  shadow(name: string): string | undefined {
    return this.entries.get(name)?.routing.shadow;
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

/** Whether requests may be given to it, if only to wait until it is open. */
function answers({ state }: CatalogEntry): boolean {
  return state.kind === "ready" || state.kind === "unloaded";
}

/** Who takes the requests without a version; when nobody can, the highest, which says why. */
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
