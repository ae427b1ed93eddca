/** The topic `gateway.models`: the models of the repository, their versions, and how each was proven. */

import type { Pieces } from "../../../engines/pieces.js";
import { servableKey } from "../../../engines/servable.js";
import type {
  ModelProof,
  ModelSample,
  ModelsSample,
  ModelVersionSample,
  VersionCounts,
} from "../../../protocol/samples.js";
import type { Catalog } from "../../catalog/catalog.js";
import type { CatalogEntry, ServableFigures } from "../../catalog/catalog-entry.js";
import { firstParagraph } from "../../requests/describe.js";
import { tableIntervalMs } from "../intervals.js";
import { seesAll, type WatchedTopic } from "../watched-topic.js";
import { modelsSchema } from "./models-schema.js";

export interface ModelsSources {
  readonly catalog: Pick<Catalog, "all" | "refusals" | "shares" | "shadow" | "aliases" | "card">;
  readonly requiresSignature: boolean;
  /** Removes paths of the server from a reason. */
  readonly publicText: (text: string) => string;
  readonly statistics: () => Iterable<CountedVersion>;
}

export interface CountedVersion {
  readonly model: string;
  readonly version: string;
  readonly requestSuccess: number;
  readonly requestFailure: Readonly<Record<string, number>>;
  readonly inferences: number;
}

export const modelsMax = 500;

/** Models that are told in one piece, which takes half a millisecond. */
const pieceModels = 50;

/** Characters of a card and of a reason that a sample shows. */
const textMax = 500;

type Counts = ReadonlyMap<string, VersionCounts>;

export function modelsTopic(sources: ModelsSources): WatchedTopic<"gateway.models"> {
  return {
    name: "gateway.models",
    description: "The models of the repository: versions, states, traffic, and how each version was proven.",
    schema: modelsSchema,
    scope: undefined,
    atOnce: true,
    shortestMs: tableIntervalMs,
    view(principal) {
      const isCounted = seesAll(principal);
      const sample = () => sampleOf(sources, isCounted ? countsOf(sources.statistics()) : undefined);
      return { key: isCounted ? "gateway" : "tenant", collector: () => ({ sample, end: () => {} }) };
    },
  };
}

/** @param counts absent for a watcher that may not see what all tenants asked */
function* sampleOf(sources: ModelsSources, counts: Counts | undefined): Pieces<ModelsSample> {
  const byName = new Map<string, CatalogEntry[]>();
  for (const entry of sources.catalog.all()) {
    const { kind, name } = entry.servable.signature;
    if (kind !== "model") continue;
    const versions = byName.get(name);
    if (versions === undefined) byName.set(name, [entry]);
    else versions.push(entry);
  }
  for (const name of sources.catalog.refusals().keys()) if (!byName.has(name)) byName.set(name, []);
  const names = [...byName.keys()].sort();
  const models: ModelSample[] = [];
  for (const name of names.slice(0, modelsMax)) {
    if (models.length % pieceModels === 0) yield;
    models.push(modelOf(name, byName.get(name) ?? [], sources, counts));
  }
  return { total: names.length, models, left_out: names.length - models.length };
}

function modelOf(
  name: string,
  entries: readonly CatalogEntry[],
  sources: ModelsSources,
  counts: Counts | undefined,
): ModelSample {
  const card = sources.catalog.card(name);
  const paragraph = card === undefined ? "" : firstParagraph(card);
  const reason = sources.catalog.refusals().get(name);
  return {
    name,
    kind: "model",
    description: entries.at(-1)?.servable.signature.description.slice(0, textMax) ?? null,
    card: paragraph === "" ? null : paragraph.slice(0, textMax),
    versions: [
      ...(reason === undefined ? [] : [refusedVersion(sources.publicText(reason))]),
      ...entries.map((entry) => versionOf(entry, sources, counts)),
    ],
  };
}

function versionOf(
  { servable: { signature, expiresTs }, state, figures }: CatalogEntry,
  sources: ModelsSources,
  counts: Counts | undefined,
): ModelVersionSample {
  const { name, version } = signature;
  const { catalog, requiresSignature } = sources;
  const nothing = { requests: 0, errors: 0, inferences: 0 };
  return {
    version,
    state: state.kind,
    reason: reasonOf(sources, "reason" in state ? state.reason : undefined),
    traffic: catalog.shares(name).get(version) ?? null,
    shadow: catalog.shadow(name) === version,
    aliases: catalog.aliases(name, version),
    expires_ts: expiresTs ?? null,
    backend: figures?.backend ?? null,
    proof: figures === undefined ? null : proofOf(figures),
    signature: requiresSignature && figures !== undefined ? "verified" : "not_required",
    resident_bytes: figures === undefined ? null : figures.memory.resident * figures.memory.instances,
    instances: figures?.memory.instances ?? null,
    counts: counts === undefined ? null : (counts.get(servableKey(signature)) ?? nothing),
  };
}

/** A folder of which no version could be loaded, as `describe` tells it: without a version. */
function refusedVersion(reason: string): ModelVersionSample {
  return {
    version: null,
    state: "unavailable",
    reason: reason.slice(0, textMax),
    traffic: null,
    shadow: false,
    aliases: [],
    expires_ts: null,
    backend: null,
    proof: null,
    signature: "not_required",
    resident_bytes: null,
    instances: null,
    counts: null,
  };
}

function proofOf({ provenAt, batching }: ServableFigures): ModelProof {
  const reason = batching.reason?.slice(0, textMax) ?? null;
  return { golden: "reproduced", proven_at: provenAt, rows_together: batching.together, reason };
}

function reasonOf({ publicText }: ModelsSources, reason: string | undefined): string | null {
  return reason === undefined ? null : publicText(reason).slice(0, textMax);
}

function countsOf(versions: Iterable<CountedVersion>): Counts {
  const counts = new Map<string, VersionCounts>();
  for (const { model, version, requestSuccess, requestFailure, inferences } of versions) {
    const errors = Object.values(requestFailure).reduce((sum, each) => sum + each, 0);
    counts.set(servableKey({ name: model, version }), {
      requests: requestSuccess + errors,
      errors,
      inferences,
    });
  }
  return counts;
}
