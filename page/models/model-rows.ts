/** Converts samples of the repository into what the panel shows of each model and version. Pure. */
import type { ModelSample, ModelVersionSample } from "../samples.js";

/** A version as a sample tells it, or `describe`, which does not tell the signature. */
export type RepositoryVersion = Omit<ModelVersionSample, "signature"> & {
  readonly signature: ModelVersionSample["signature"] | null;
};

export type RepositoryModel = Omit<ModelSample, "versions"> & {
  readonly versions: readonly RepositoryVersion[];
};

/** How good the state of a version is: what its colour says. */
export type StateTone = "good" | "pending" | "bad" | "idle";

export interface VersionRow {
  readonly version: string;
  readonly state: string;
  readonly tone: StateTone;
  /** Why it does not serve, or what is wrong with its files. */
  readonly reason: string | undefined;
  readonly traffic: string;
  /** The names that stand for it. */
  readonly aliases: string;
  /** Until when it answers. */
  readonly expires: string;
  readonly backend: string;
  readonly proof: string;
  readonly signature: string;
  readonly memory: string;
  readonly counts: string;
}

/** A part of the bar that shows how requests without a version are shared out. */
export interface TrafficShare {
  readonly version: string;
  /** From 0 to 1. */
  readonly share: number;
}

export interface RepositoryRow {
  readonly name: string;
  readonly description: string;
  readonly tone: StateTone;
  /** The state of the model as a whole, in a few words. */
  readonly summary: string;
  readonly shares: readonly TrafficShare[];
  /** The shares in words, for those who do not see the bar. */
  readonly sharesText: string;
  readonly shadows: readonly string[];
  readonly versions: readonly VersionRow[];
}

const tones: Readonly<Record<string, StateTone>> = {
  ready: "good",
  loading: "pending",
  unloaded: "idle",
  unavailable: "bad",
};

/** What needs a look comes first. */
const toneOrder: readonly StateTone[] = ["bad", "pending", "good", "idle"];

/** The learned models, those in trouble first, then by name. */
export function repositoryRows(
  models: readonly RepositoryModel[],
  contains: string,
): readonly RepositoryRow[] {
  const wanted = contains.trim().toLowerCase();
  const place = ({ tone }: RepositoryRow) => (tone === "bad" ? 0 : tone === "pending" ? 1 : 2);
  return models
    .filter(({ kind, name }) => kind === "model" && name.toLowerCase().includes(wanted))
    .map(repositoryRow)
    .sort((a, b) => place(a) - place(b) || a.name.localeCompare(b.name, "en", { numeric: true }));
}

function repositoryRow({ name, description, versions }: RepositoryModel): RepositoryRow {
  const rows = versions.map(versionRow);
  const shares = versions
    .flatMap(({ version, traffic, shadow }) =>
      traffic !== null && traffic > 0 && !shadow ? [{ version: version ?? "", share: traffic }] : [],
    )
    .sort((a, b) => b.share - a.share);
  const tone = toneOrder.find((each) => rows.some((row) => row.tone === each)) ?? "idle";
  return {
    name,
    description: description ?? "",
    tone,
    summary: summaryOf(rows),
    shares,
    sharesText: shares.map(({ version, share }) => `version ${version} (${percent(share)})`).join(", "),
    shadows: versions.filter(({ shadow }) => shadow).map(({ version }) => version ?? ""),
    versions: rows,
  };
}

function summaryOf(rows: readonly VersionRow[]): string {
  const counts = new Map<string, number>();
  for (const { state } of rows) counts.set(state, (counts.get(state) ?? 0) + 1);
  if (rows.length === 1) return rows[0]?.state ?? "";
  return [...counts].map(([state, count]) => `${count} ${state}`).join(", ");
}

function versionRow(version: RepositoryVersion): VersionRow {
  const { state, reason, traffic, shadow, backend, resident_bytes: bytes, counts } = version;
  return {
    version: version.version ?? "none could be loaded",
    state,
    // A version that serves while its files are broken needs a look as much as one that does not serve.
    tone: reason !== null && state === "ready" ? "pending" : (tones[state] ?? "pending"),
    reason: reason ?? undefined,
    aliases: version.aliases.length === 0 ? "–" : version.aliases.join(", "),
    expires: version.expires_ts === null ? "never" : utcText(version.expires_ts),
    traffic: shadow ? "shadow" : traffic === null ? "–" : percent(traffic),
    backend: backend ?? "–",
    proof: proofText(version),
    signature: version.signature?.replace("_", " ") ?? "–",
    memory: bytes === null ? "–" : bytesText(bytes),
    counts:
      counts === null
        ? "–"
        : `${counts.requests.toLocaleString("en-US")} requests, ${counts.errors.toLocaleString("en-US")} errors`,
  };
}

function proofText({ proof, state }: RepositoryVersion): string {
  if (proof === null) return state === "unloaded" || state === "loading" ? "not opened yet" : "–";
  const alone = proof.rows_together ? "" : "; each request is computed by itself";
  return `golden answer reproduced, ${utcText(proof.proven_at)}${alone}`;
}

function utcText(ts: number): string {
  return `${new Date(ts).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

function percent(share: number): string {
  const value = 100 * share;
  return `${value > 0 && value < 1 ? value.toFixed(2) : Math.round(value * 10) / 10} %`;
}

function bytesText(bytes: number): string {
  const mib = bytes / 1024 ** 2;
  if (mib < 1) return `${Math.max(1, Math.round(bytes / 1024))} KiB`;
  return mib < 1024 ? `${mib.toFixed(mib < 10 ? 1 : 0)} MiB` : `${(mib / 1024).toFixed(1)} GiB`;
}
