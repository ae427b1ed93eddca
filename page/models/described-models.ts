/** Converts what `describe` tells of the models into the form of a sample; what it does not tell is null. Pure. */
import type { Described, Description } from "../../client/typescript/description.js";
import type { RepositoryModel, RepositoryVersion } from "./model-rows.js";

export function modelsOfDescription({ models }: Description): readonly RepositoryModel[] {
  const byName = new Map<string, RepositoryModel>();
  for (const entry of models) {
    const known = byName.get(entry.name);
    byName.set(entry.name, {
      name: entry.name,
      kind: textOf(entry["kind"]) ?? "model",
      description: known?.description ?? textOf(entry["description"]),
      card: null,
      versions: [...(known?.versions ?? []), versionOf(entry)],
    });
  }
  return [...byName.values()];
}

function versionOf(entry: Described): RepositoryVersion {
  const { traffic } = entry;
  return {
    version: entry.version ?? "",
    state: textOf(entry["state"]) ?? "ready",
    reason: textOf(entry["reason"]),
    traffic: typeof traffic === "number" ? traffic : null,
    shadow: entry["shadow"] === true,
    aliases: Array.isArray(entry["aliases"]) ? entry["aliases"].map(String) : [],
    expires_ts: typeof entry["expires_ts"] === "number" ? entry["expires_ts"] : null,
    backend: textOf(entry["backend"]),
    proof: null,
    signature: null,
    resident_bytes: entry.memory?.resident_bytes ?? null,
    instances: null,
    counts: null,
  };
}

function textOf(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}
