/** The `config.json` of a published model, new or with one more version. Pure. */
import type { ModelConfig } from "../../../engines/onnx/model-config.js";
import { chooseVersions } from "../../../engines/onnx/model-config.js";
import { sharesOf } from "../../../engines/onnx/repository-commands/list-models.js";
import { layoutDifference, type PolicyLayout } from "../../../engines/policy-layout.js";
import type { TensorSpec } from "../../../engines/servable.js";
import type { ExportedModel } from "../../../engines/training/trainer.js";
import type { Publication } from "../../../protocol/train-frames.js";

/** A config as it is written: the schema fills in defaults when it is read. */
export type ConfigFile = Readonly<Record<string, unknown>>;

interface ConfigTensor {
  readonly name: string;
  readonly datatype: string;
  readonly dims: readonly number[];
}

/** Rows in one batch at most, as `headgate models add` has it. */
const batchMax = 256;

/** The config of a model that a trainer exported, without what chooses among its versions. */
export function exportedConfig(
  name: string,
  description: string,
  { inputs, outputs }: Pick<ExportedModel, "inputs" | "outputs">,
  policy?: PolicyLayout,
): ConfigFile {
  return {
    name,
    platform: "onnxruntime_onnx",
    description,
    max_batch_size: batchMax,
    input: inputs.map((spec) => ({
      ...tensorOf(spec),
      ...(spec.allowNonFinite === true && { allow_nan: true }),
      description: spec.description,
    })),
    output: outputs.map((spec) => ({ ...tensorOf(spec), description: spec.description })),
    // Small graphs, many of them in FP64: a GPU would be slower and less exact.
    execution_providers: ["cpu"],
    ...(policy !== undefined && { policy }),
  };
}

function tensorOf({ name, datatypes, shape }: TensorSpec): ConfigTensor {
  const [datatype = "FP32"] = datatypes;
  return { name, datatype, dims: shape.slice(1).map((dim) => (typeof dim === "number" ? dim : -1)) };
}

/** How a model differs from what the published versions take and answer; undefined where it does not. */
export function signatureDifference(known: ModelConfig, next: ConfigFile): string | undefined {
  for (const [field, verb] of [
    ["input", "take"],
    ["output", "answer"],
  ] as const) {
    const [before, after] = [known[field], next[field] as readonly ConfigTensor[]].map(textOf);
    if (before !== after) return `its versions ${verb} ${before}, and this one ${after}`;
  }
  const layout = next["policy"] as PolicyLayout | undefined;
  // A client that asks for observations of the one must not be answered by the other.
  if (known.policy === undefined || layout === undefined) return undefined;
  const difference = layoutDifference(known.policy, layout);
  return difference && `the observation of its versions differs from this one's: ${difference}`;
}

function textOf(tensors: readonly ConfigTensor[] = []): string {
  return tensors
    .map(({ name, datatype, dims }) => `${name} ${datatype} [${["rows", ...dims].join(", ")}]`)
    .sort()
    .join("; ");
}

export interface PublishedVersions {
  readonly config: ModelConfig;
  /** The numbers of the versions on disk. */
  readonly versions: readonly number[];
}

/**
 * The fields that choose among versions, once this one is there with its share and its aliases.
 * @param known absent for the first version, which answers all requests
 */
export function choices(
  version: number,
  { traffic = 1, aliases = [] }: Pick<Publication, "traffic" | "aliases">,
  known: PublishedVersions | undefined,
): ConfigFile {
  const before = known === undefined ? [] : [...sharesOf(known.config, chosen(known))];
  const others = before.filter(([each, share]) => each !== version && share > 0);
  const total = others.reduce((sum, [, share]) => sum + share, 0);
  const left = others.map(([each, share]) => [each, (share / total) * (1 - traffic)] as const);
  const shares = new Map(left.filter(([, share]) => share > 0));
  if (traffic > 0 || shares.size === 0) shares.set(version, shares.size === 0 ? 1 : traffic);
  const weights = [...shares].map(([each, share]) => [String(each), Number(share.toFixed(6))] as const);
  const shadow = known?.config.traffic.shadow;
  const named = {
    ...known?.config.aliases,
    ...Object.fromEntries(aliases.map((name) => [name, String(version)])),
  };
  const served = [...new Set([...shares.keys(), version, ...(shadow ? [Number(shadow.version)] : [])])];
  return {
    version_policy: { specific: { versions: served.sort((a, b) => a - b) } },
    traffic: { weights: Object.fromEntries(weights), ...(shadow && { shadow }) },
    ...(Object.keys(named).length > 0 && { aliases: named }),
  };
}

/** Versions that nothing leads to, the oldest first. */
export function unusedVersions({ config, versions }: PublishedVersions): number[] {
  const used = new Set(chosen({ config, versions }));
  return versions.filter((version) => !used.has(version)).sort((a, b) => a - b);
}

function chosen({ config, versions }: PublishedVersions): number[] {
  return chooseVersions(config, versions);
}
