/**
 * Every servable by name and version: those that can be requested, and those that cannot be served, with the reason.
 */

import { type Servable, servableKey } from "../../engines/servable.js";
import { HeadgateError } from "../../protocol/errors.js";
import { shown } from "../../protocol/fields.js";
import type { PromotionRecord } from "../../protocol/promotion-frames.js";
import { type Clock, systemClock } from "../clock.js";
import type { CatalogEntry, Routing, ServableFigures, ServableState } from "./catalog-entry.js";
import { expiryReason, isExpired, requireUnexpired } from "./expiry.js";
import { answers, numberOf, type RoutedModel, routed, splitOf } from "./routed-model.js";
import { sharesOf } from "./traffic.js";

const none: ReadonlyMap<string, CatalogEntry> = new Map();

export class Catalog {
  private changes = 0;
  /** The versions that expire, by their keys, and how many of them had expired when `revision` was last read. */
  private readonly mortal = new Map<string, Servable>();
  private expiredBefore = 0;
  private readonly entries = new Map<string, RoutedModel>();
  /** Folders of the repository without a servable model, with the reason. */
  private readonly refused = new Map<string, string>();
  private readonly histories = new Map<string, readonly PromotionRecord[]>();
  private readonly cards = new Map<string, string>();

  /** @param clock whose wall time versions expire by */
  constructor(private readonly clock: Pick<Clock, "wall"> = systemClock) {}

  /** Increases with every change. That a version has expired is one, and so is a clock that is set back before that. */
  get revision(): number {
    const wallTs = this.mortal.size === 0 ? 0 : this.clock.wall();
    let expired = 0;
    for (const servable of this.mortal.values()) if (isExpired(servable, wallTs)) expired++;
    if (expired !== this.expiredBefore) this.changes++;
    this.expiredBefore = expired;
    return this.changes;
  }

  /** The versions that have a time at which they expire, and those that have expired. */
  expiring(): Iterable<Servable> {
    return this.mortal.values();
  }

  set(servable: Servable, state: ServableState, figures?: ServableFigures): void {
    this.changes++;
    const { name, version } = servable.signature;
    const named = this.entries.get(name) ?? {
      versions: new Map<string, CatalogEntry>(),
      routing: {},
      split: [],
    };
    this.entries.set(name, named);
    if (servable.expiresTs === undefined) this.mortal.delete(servableKey(servable.signature));
    else this.mortal.set(servableKey(servable.signature), servable);
    named.versions.set(version, { servable, state, ...(figures !== undefined && { figures }) });
    named.split = splitOf(named);
  }

  /** Removes a version: requests for it are answered with not_found from now on. */
  remove(name: string, version: string): void {
    this.changes++;
    const named = this.entries.get(name);
    if (named === undefined) return;
    named.versions.delete(version);
    this.mortal.delete(servableKey({ name, version }));
    named.split = splitOf(named);
    if (named.versions.size === 0) this.entries.delete(name);
  }

  route(name: string, routing: Routing): void {
    this.changes++;
    const named = this.entries.get(name);
    if (named === undefined) return;
    named.routing = routing;
    named.split = splitOf(named);
  }

  /** Records why a folder is not served; undefined when it is served now or was removed. */
  refuse(name: string, reason: string | undefined): void {
    this.changes++;
    if (reason === undefined) this.refused.delete(name);
    else this.refused.set(name, reason);
  }

  setCard(name: string, card: string | null): void {
    this.changes++;
    if (card === null) this.cards.delete(name);
    else this.cards.set(name, card);
  }

  setHistory(name: string, history: readonly PromotionRecord[]): void {
    if (history.length === 0 && !this.histories.has(name)) return;
    this.changes++;
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
   * @param evenExpired for a comparison that answers nobody
   * @throws HeadgateError not_found, unavailable with the reason, or failed_precondition for a version that has expired
   */
  resolve(name: string, version?: string, tenant = "", stickyKey?: string, evenExpired = false): Servable {
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
    if (servable.expiresTs !== undefined && !evenExpired) requireUnexpired(servable, this.clock.wall());
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

  /** A version that has expired is told as one that is not available. */
  all(): CatalogEntry[] {
    const wallTs = this.clock.wall();
    return [...this.entries.values()].flatMap(({ versions }) =>
      [...versions.values()].map((entry) => asOf(entry, wallTs)),
    );
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

function asOf(entry: CatalogEntry, wallTs: number): CatalogEntry {
  const { servable } = entry;
  if (servable.expiresTs === undefined || !answers(entry) || !isExpired(servable, wallTs)) return entry;
  return { ...entry, state: { kind: "unavailable", reason: expiryReason(servable.expiresTs) } };
}
