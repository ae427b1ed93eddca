/** A model's `config.json`: Triton's names and meanings, one strict schema. */
import { z } from "zod";
import { datatypeBytes } from "../../protocol/tensor.js";
import type { Scheduling, Signature, TensorSpec } from "../servable.js";
import { batchDim } from "../validate.js";

const datatypes = Object.keys(datatypeBytes) as [keyof typeof datatypeBytes];
const modelName = /^[A-Za-z0-9._-]{1,128}$/;

const tensor = z.strictObject({
  name: z.string().min(1),
  datatype: z.enum(datatypes),
  /** Without the batch dimension; -1 for any size. */
  dims: z.array(z.int().refine((size) => size === -1 || size >= 1, "must be -1 or at least 1")),
  allow_nan: z.boolean().default(false),
  description: z.string().default(""),
});

export const modelConfigSchema = z.strictObject({
  name: z.string().regex(modelName),
  platform: z.literal("onnxruntime_onnx"),
  description: z.string().default(""),
  /** Rows in one batch; 0: the model takes no batches. */
  max_batch_size: z.int().min(0).max(65_536),
  input: z.array(tensor).min(1),
  output: z.array(tensor).min(1),
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
  instance_group: z.strictObject({ count: z.int().min(1).max(64).default(1) }).prefault({}),
  version_policy: z
    .union([
      z.strictObject({ latest: z.strictObject({ num_versions: z.int().min(1) }) }),
      z.strictObject({ all: z.strictObject({}) }),
      z.strictObject({ specific: z.strictObject({ versions: z.array(z.int().min(1)).min(1) }) }),
    ])
    .default({ latest: { num_versions: 1 } }),
});

export type ModelConfig = z.infer<typeof modelConfigSchema>;

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
  });
  return {
    name: config.name,
    version,
    kind: "model",
    description: config.description,
    inputs: config.input.map(spec),
    outputs: config.output.map(spec),
    parameters: [],
  };
}

/** @param defaultTimeoutMs what holds where the model's config says nothing */
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
  };
}

/** Which of the versions on disk are served, highest first. */
export function chooseVersions(policy: ModelConfig["version_policy"], onDisk: readonly number[]): number[] {
  const descending = [...onDisk].sort((a, b) => b - a);
  if ("latest" in policy) return descending.slice(0, policy.latest.num_versions);
  if ("specific" in policy) return descending.filter((version) => policy.specific.versions.includes(version));
  return descending;
}
