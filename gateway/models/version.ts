/** One version as it is to be served: what the config says of it, and what the engine is given. Pure. */
import { modelLane } from "../../engines/onnx/lane.js";
import { type ModelConfig, schedulingOf } from "../../engines/onnx/model-config.js";
import type { VersionFolder } from "../../engines/onnx/model-folder.js";
import type { ModelSource } from "../../engines/onnx/model-source.js";
import { sourceOf } from "../../engines/onnx/model-source.js";
import type { ProviderName } from "../../engines/onnx/provider-names.js";
import type { Servable } from "../../engines/servable.js";

export interface VersionDefaults {
  /** Milliseconds that a request has where the model does not say. */
  readonly timeoutMs: number;
  readonly providers: readonly ProviderName[] | null;
  /** Why a version in this folder is computed in workers only; undefined: it may be computed beside the sockets. */
  readonly notInline: (folder: string) => string | undefined;
}

export interface Version {
  readonly number: number;
  /** Differs when the version has to be opened again. */
  readonly identity: string;
  readonly servable: Servable;
  readonly source: ModelSource;
  readonly instances: number;
  readonly shadow: boolean;
}

/** @param generation how often the version was read again; 0: this is the first time */
export function versionOf(
  config: ModelConfig,
  folder: VersionFolder,
  generation: number,
  defaults: VersionDefaults,
): Version {
  const name = String(folder.version);
  const shadow = isShadow(config, name);
  const notInline = whyNotInline(config, shadow) ?? defaults.notInline(folder.path);
  const source = {
    ...sourceOf(config, folder, defaults.providers),
    ...(notInline !== undefined && { notInline }),
  };
  const { enable, max_bytes, max_age_ms, shared } = config.response_cache;
  return {
    number: folder.version,
    identity: identityOf(config, folder),
    servable: {
      signature: source.signature,
      scheduling: schedulingOf(config, defaults.timeoutMs),
      lane: modelLane,
      ...(generation > 0 && { generation }),
      ...(folder.expiresTs !== undefined && { expiresTs: folder.expiresTs }),
      ...(enable && { responseCache: { bytesMax: max_bytes, ageMaxMs: max_age_ms, shared } }),
    },
    source,
    instances: config.instance_group.count,
    shadow,
  };
}

function whyNotInline({ inline }: ModelConfig, shadow: boolean): string | undefined {
  if (inline === false) return "its config.json says so (inline)";
  return shadow ? "it is a shadow, which nobody waits for" : undefined;
}

export function identityOf(config: ModelConfig, { stamp, version }: VersionFolder): string {
  // These settings change which version is asked, not what it answers.
  const { version_policy, traffic, aliases, load, ...rest } = config;
  return JSON.stringify([stamp, rest, isShadow(config, String(version))]);
}

function isShadow({ traffic }: ModelConfig, version: string): boolean {
  return traffic.shadow?.version === version;
}
