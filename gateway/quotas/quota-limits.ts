/** The quotas in force for a tenant: its own settings, else those of every tenant, else the defaults. Pure. */
import type { Config } from "../config/config.js";
import { defaultBurstSeconds, type QuotaSettings, sharedQuotas } from "../config/quotas.js";
import type { TokenRate } from "./token-bucket.js";

/** Quotas of an amount in each second. */
export const rateQuotas = ["requests", "rows", "compute_ms", "bytes"] as const;
/** Quotas of an amount that is held at a time. */
export const heldQuotas = [
  "connections",
  "subscriptions",
  "streams",
  "kept_bytes",
  "fits",
  "datasets",
  "dataset_bytes",
] as const;

export type RateQuota = (typeof rateQuotas)[number];
export type HeldQuota = (typeof heldQuotas)[number];

/** A bound, and where an operator finds it. */
export interface QuotaBound<T> {
  readonly value: T;
  /** The path of the setting, such as `tenants.desk-a.quotas.requests`. */
  readonly setting: string;
}

/** The quotas of one tenant. An absent one has no bound. */
export type QuotaLimits = { readonly [name in RateQuota]?: QuotaBound<TokenRate> } & {
  readonly [name in HeldQuota]?: QuotaBound<number>;
} & { readonly priority_min: QuotaBound<number> };

type QuotaConfig = Pick<Config, "quotas" | "tenants">;

/** @param asksForTokens whether a client needs a token: only then are there tenants that share the gateway */
export function quotaLimits(config: QuotaConfig, tenant: string, asksForTokens: boolean): QuotaLimits {
  // A tenant may have the name of a property that every object has, such as `constructor`.
  const own = Object.hasOwn(config.tenants, tenant) ? config.tenants[tenant]?.quotas : undefined;
  const layers: readonly QuotaLayer[] = [
    { path: `tenants.${tenant}.quotas`, settings: own ?? {} },
    { path: "quotas", settings: config.quotas },
    { path: "quotas", settings: asksForTokens ? sharedQuotas : {} },
  ];
  const entries = [
    ...rateQuotas.map((name) => [name, rateBound(name, layers)] as const),
    ...heldQuotas.map((name) => [name, heldBound(name, layers)] as const),
  ].filter(([, bound]) => bound !== undefined);
  return { ...Object.fromEntries(entries), priority_min: priorityBound(layers) };
}

interface QuotaLayer {
  readonly path: string;
  readonly settings: Partial<QuotaSettings>;
}

function rateBound(name: RateQuota, layers: readonly QuotaLayer[]): QuotaBound<TokenRate> | undefined {
  const layer = layers.find(({ settings }) => settings[name] !== undefined);
  const found = layer?.settings[name];
  if (layer === undefined || found === undefined || found.per_second === null) return undefined;
  const { per_second: perSecond, burst = Math.max(1, defaultBurstSeconds * perSecond) } = found;
  return { value: { perSecond, burst }, setting: `${layer.path}.${name}` };
}

function heldBound(name: HeldQuota, layers: readonly QuotaLayer[]): QuotaBound<number> | undefined {
  const layer = layers.find(({ settings }) => settings[name] !== undefined);
  const value = layer?.settings[name];
  if (layer === undefined || value === undefined || value === null) return undefined;
  return { value, setting: `${layer.path}.${name}` };
}

function priorityBound(layers: readonly QuotaLayer[]): QuotaBound<number> {
  const layer = layers.find(({ settings }) => settings.priority_min !== undefined);
  return {
    value: layer?.settings.priority_min ?? 1,
    setting: `${layer?.path ?? "quotas"}.priority_min`,
  };
}
