/** The schema of a model's `config.json`, with Triton's names and meanings. Unknown fields are refused. */
import { z } from "zod";
import { datatypeBytes } from "../../protocol/tensor.js";
import { observationInput, policyLayoutSchema, sizeOfObservation } from "../policy-layout.js";
import type { ParameterSpec, Scheduling, Signature, TensorSpec } from "../servable.js";
import { batchDim } from "../validate.js";
import { batchingSettings } from "./batching-setting.js";
import { providerNames } from "./provider-names.js";
import { requireTextShape, textLengthMax, tokenizerSchema } from "./text-config.js";

const datatypes = Object.keys(datatypeBytes) as [keyof typeof datatypeBytes];
const modelName = /^[A-Za-z0-9._-]{1,128}$/;

/** Parts of the paths under /v2/models, and names that a client's library makes part of another path. */
const reservedNames: ReadonlySet<string> = new Set(["stats", "config", "versions", ".", ".."]);

/** Why a name that is well formed cannot be a model's; undefined when it can. */
function whyReserved(name: string): string | undefined {
  if (reservedNames.has(name)) return "it is a part of the paths under /v2/models";
  const suffix = [".apply", ".update"].find((each) => name.endsWith(each));
  return suffix && `names that end in ${suffix} belong to stored fits`;
}

/** Why a name cannot be a model's; undefined when it can. */
export function modelNameProblem(name: string): string | undefined {
  if (!modelName.test(name) || name.startsWith("."))
    return `must be 1 to 128 of letters, digits and . _ -, without a dot at the beginning; got ${JSON.stringify(name)}`;
  const reason = whyReserved(name);
  return reason && `"${name}" cannot be a model's name: ${reason}`;
}

const tensor = z.strictObject({
  name: z.string().min(1),
  datatype: z.enum(datatypes),
  /** Without the batch dimension; -1 for any size. */
  dims: z.array(z.int().refine((size) => size === -1 || size >= 1, "must be -1 or at least 1")),
  allow_nan: z.boolean().default(false),
  description: z.string().default(""),
});

/** An output's size may be 0, for example the list of objects that a detector found. */
const outputTensor = tensor.extend({
  dims: z.array(z.int().min(-1, "must be -1 for any size, or at least 0")),
});

const version = z.string().regex(/^[1-9]\d{0,14}$/, "a version is a positive integer, as a string");

/** Which version answers requests that name no version, and which version is only compared with it. */
const traffic = z
  .strictObject({
    /** Relative weights by version; a version without a weight gets no requests. */
    weights: z.record(version, z.number().min(0).max(1_000_000)).optional(),
    shadow: z
      .strictObject({
        version,
        /** The tolerated difference between the shadow's output b and the answer a: |a - b| <= atol + rtol * |a|. */
        rtol: z.number().nonnegative().default(1e-5),
        atol: z.number().nonnegative().default(1e-6),
        /** Limit on the shadow's concurrent requests; further requests are not mirrored. */
        max_in_flight: z.int().min(1).max(1_024).default(4),
      })
      .optional(),
  })
  .refine(
    ({ weights }) => weights === undefined || Object.values(weights).some((weight) => weight > 0),
    "weights: at least one must be above 0",
  )
  .refine(
    ({ weights, shadow }) => shadow === undefined || !weights?.[shadow.version],
    "shadow: that version has a weight too; a shadow answers nobody",
  );

/** An alias is never a number, so that it cannot stand for two versions. */
export const aliasName = /^[A-Za-z][A-Za-z0-9._-]{0,63}$/;
export const aliasRule = "an alias is a letter and up to 63 of letters, digits and . _ -";
/** Aliases of one model. */
export const aliasesMax = 64;

const fields = z.strictObject({
  name: z
    .string()
    .regex(modelName)
    .superRefine((name, context) => {
      const reason = whyReserved(name);
      if (reason !== undefined)
        context.addIssue({
          code: "custom",
          message: `"${name}" cannot be a model's name: ${reason}. Rename the folder`,
        });
    }),
  platform: z.literal("onnxruntime_onnx"),
  description: z.string().default(""),
  /** Maximum rows in one batch; 0: the model has no batch dimension. */
  max_batch_size: z.int().min(0).max(65_536),
  input: z.array(tensor).min(1),
  output: z.array(outputTensor).min(1),
  dynamic_batching: z
    .strictObject({
      preferred_batch_size: z.array(z.int().min(1)).default([]),
      max_queue_delay_microseconds: z.int().min(0).max(10_000_000).default(0),
      priority_levels: z.int().min(1).max(64).default(8),
      default_priority_level: z.int().min(1).max(64).default(4),
      default_queue_policy: z
        .strictObject({
          default_timeout_microseconds: z.int().min(0).default(0),
          max_queue_size: z.int().min(1).default(4_096),
        })
        .prefault({}),
    })
    .prefault({}),
  /** The condition under which rows of several requests are computed together. */
  batching: z.enum(batchingSettings).default("proven"),
  instance_group: z.strictObject({ count: z.int().min(1).max(64).default(1) }).prefault({}),
  version_policy: z
    .union([
      z.strictObject({ latest: z.strictObject({ num_versions: z.int().min(1) }) }),
      z.strictObject({ all: z.strictObject({}) }),
      z.strictObject({ specific: z.strictObject({ versions: z.array(z.int().min(1)).min(1) }) }),
    ])
    .default({ latest: { num_versions: 1 } }),
  traffic: traffic.default({}),
  /** Names that requests may give in place of a version's number; a version that has one is served. */
  aliases: z
    .record(z.string().regex(aliasName, aliasRule), version)
    .refine((aliases) => Object.keys(aliases).length <= aliasesMax, `at most ${aliasesMax} aliases`)
    .optional(),
  /** When a version is opened; absent: the gateway's `repository.load` decides. */
  load: z.enum(["startup", "first_use"]).optional(),
  response_cache: z
    .strictObject({
      enable: z.boolean().default(false),
      /** Limit on the bytes of cached answers: 16 MiB. */
      max_bytes: z
        .int()
        .min(1_024)
        .default(16 * 1024 * 1024),
      /** Milliseconds for which an answer is cached. */
      max_age_ms: z.int().min(1).max(86_400_000).default(60_000),
      /**
       * Whether all namespaces share one cache. Response times then reveal to one namespace which inputs another one
       * has sent.
       */
      shared: z.boolean().default(false),
    })
    .prefault({}),
  /**
   * Execution providers in the order in which they are tried; absent: the gateway's `engine.execution_providers`
   * decides.
   */
  execution_providers: z.array(z.enum(providerNames)).min(1).optional(),
  /**
   * Whether batches that are measured to be short may be computed on the thread of the sockets; absent: true, within
   * what the gateway's `engine.inline_microseconds` permits.
   */
  inline: z.boolean().optional(),
  /**
   * Set for a model whose input is strings; the `tokenizer.json` in the version's folder converts them to token ids.
   */
  tokenizer: tokenizerSchema.optional(),
  /** Of a policy: what its input `observation` is made of, and what its actions stand for. */
  policy: policyLayoutSchema.optional(),
});

export const modelConfigSchema = fields
  .superRefine(requireTextShape)
  .superRefine(({ policy, input }, context) => {
    if (policy === undefined) return;
    const size = sizeOfObservation(policy);
    const dims = input.find(({ name }) => name === observationInput)?.dims;
    if (dims?.length === 1 && dims[0] === size) return;
    const found = dims === undefined ? "there is none" : `its dims are [${dims.join(", ")}]`;
    context.addIssue({
      code: "custom",
      path: ["policy"],
      message: `the layout has ${size} numbers, so the input ${observationInput} must have dims [${size}]; ${found}`,
    });
  });

export type ModelConfig = z.infer<typeof modelConfigSchema>;

/**
 * The parameter of every model by which requests with one key get the same version. It is not passed to the model.
 */
const stickyKey: ParameterSpec = {
  name: "sticky_key",
  description: "Requests of one key go to one version where traffic is split; null: those of one tenant do.",
  default: null,
  anyOf: [{ type: "text", lengthMax: 128 }, { type: "null" }],
};

export function signatureOf(config: ModelConfig, version: string): Signature {
  const batched = config.max_batch_size > 0;
  const spec = (each: ModelConfig["input"][number]): TensorSpec => ({
    name: each.name,
    datatypes: [each.datatype],
    shape: [
      ...(batched ? [batchDim] : []),
      ...each.dims.map((dim, axis) => (dim === -1 ? `${each.name}_${axis}` : dim)),
    ],
    description: each.description,
    ...(each.allow_nan && { allowNonFinite: true }),
    ...(config.tokenizer !== undefined && each.datatype === "BYTES" && { lengthMax: textLengthMax }),
  });
  return {
    name: config.name,
    version,
    kind: "model",
    description: config.description,
    inputs: config.input.map(spec),
    outputs: config.output.map(spec),
    parameters: [stickyKey],
    ...(config.policy !== undefined && { policy: config.policy }),
  };
}

/** @param defaultTimeoutMs the timeout where the model's config gives none */
export function schedulingOf(config: ModelConfig, defaultTimeoutMs: number): Scheduling {
  const batching = config.dynamic_batching;
  const timeoutUs = batching.default_queue_policy.default_timeout_microseconds;
  return {
    maxBatchSize: config.max_batch_size,
    preferredBatchSizes: [...batching.preferred_batch_size].sort((a, b) => a - b),
    maxQueueDelayMs: batching.max_queue_delay_microseconds / 1_000,
    maxQueueSize: batching.default_queue_policy.max_queue_size,
    defaultTimeoutMs: timeoutUs > 0 ? timeoutUs / 1_000 : defaultTimeoutMs,
    priorityLevels: batching.priority_levels,
    defaultPriority: Math.min(batching.default_priority_level, batching.priority_levels),
    gathering: { allowed: false }, // until the version is opened and its rows are proven independent
  };
}

/** The versions on disk that the version policy serves or that have an alias, highest first. */
export function chooseVersions(
  { version_policy: policy, aliases = {} }: Pick<ModelConfig, "version_policy" | "aliases">,
  onDisk: readonly number[],
): number[] {
  const descending = [...onDisk].sort((a, b) => b - a);
  const named = new Set(Object.values(aliases).map(Number));
  const latest = "latest" in policy ? policy.latest.num_versions : 0;
  return descending.filter((version, at) => {
    if (named.has(version) || "all" in policy) return true;
    return "specific" in policy ? policy.specific.versions.includes(version) : at < latest;
  });
}

/** The batch sizes of the warm-up runs: one row, the preferred sizes, and a full batch. */
export function warmRowsOf({ max_batch_size, dynamic_batching }: ModelConfig): number[] {
  if (max_batch_size === 0) return [];
  const sizes = [1, ...dynamic_batching.preferred_batch_size, max_batch_size];
  return [...new Set(sizes.filter((rows) => rows <= max_batch_size))].sort((a, b) => a - b);
}
