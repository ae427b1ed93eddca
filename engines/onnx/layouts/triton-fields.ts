/**
 * The schema of the fields of Triton's ModelConfig in config.pbtxt: the fields that are applied here, and the other
 * known ones. Source: model_config.proto of triton-inference-server/common. Pure.
 */
import { z } from "zod";

/** Requires that a field is given at most once: the text format has a list of values for every field. */
const one = <T extends z.ZodType>(schema: T) =>
  z
    .array(schema)
    .max(1, "is given more than once")
    .transform(([value]) => value)
    .optional();
const many = <T extends z.ZodType>(schema: T) => z.array(schema).default([]);
const any = z.array(z.unknown()).optional();
const integer = z.int();

const dataTypes = {
  TYPE_BOOL: "BOOL",
  TYPE_UINT8: "UINT8",
  TYPE_UINT16: "UINT16",
  TYPE_UINT32: "UINT32",
  TYPE_UINT64: "UINT64",
  TYPE_INT8: "INT8",
  TYPE_INT16: "INT16",
  TYPE_INT32: "INT32",
  TYPE_INT64: "INT64",
  TYPE_FP16: "FP16",
  TYPE_FP32: "FP32",
  TYPE_FP64: "FP64",
  TYPE_STRING: "BYTES",
} as const;
const typeNames = Object.keys(dataTypes) as [keyof typeof dataTypes];

const reshape = one(z.strictObject({ shape: many(integer) }));
const dataType = one(z.enum(typeNames).transform((name) => dataTypes[name]));

const input = z.strictObject({
  name: one(z.string()),
  data_type: dataType,
  format: one(z.string()),
  dims: many(integer),
  reshape,
  is_shape_tensor: one(z.boolean()),
  allow_ragged_batch: one(z.boolean()),
  optional: one(z.boolean()),
  is_non_linear_format_io: one(z.boolean()),
});
const output = z.strictObject({
  name: one(z.string()),
  data_type: dataType,
  dims: many(integer),
  reshape,
  label_filename: one(z.string()),
  is_shape_tensor: one(z.boolean()),
  is_non_linear_format_io: one(z.boolean()),
});

const queuePolicy = z.strictObject({
  timeout_action: one(z.string()),
  default_timeout_microseconds: one(integer),
  allow_timeout_override: one(z.boolean()),
  max_queue_size: one(integer),
});
const dynamicBatching = z.strictObject({
  preferred_batch_size: many(integer),
  max_queue_delay_microseconds: one(integer),
  preserve_ordering: one(z.boolean()),
  priority_levels: one(integer),
  default_priority_level: one(integer),
  default_queue_policy: one(queuePolicy),
  priority_queue_policy: any,
});
const versionPolicy = z.strictObject({
  latest: one(z.strictObject({ num_versions: one(integer) })),
  all: one(z.strictObject({})),
  specific: one(z.strictObject({ versions: many(integer) })),
});
const instanceGroup = z.strictObject({
  name: one(z.string()),
  kind: one(z.enum(["KIND_AUTO", "KIND_GPU", "KIND_CPU", "KIND_MODEL"])),
  count: one(integer),
  gpus: any,
  rate_limiter: any,
  secondary_devices: any,
  profile: any,
  passive: one(z.boolean()),
  host_policy: one(z.string()),
});

export const tritonFields = z.strictObject({
  name: one(z.string()),
  platform: one(z.string()),
  backend: one(z.string()),
  runtime: any,
  version_policy: one(versionPolicy),
  max_batch_size: one(integer),
  input: many(input),
  output: many(output),
  batch_input: any,
  batch_output: any,
  optimization: any,
  dynamic_batching: one(dynamicBatching),
  sequence_batching: any,
  ensemble_scheduling: any,
  instance_group: many(instanceGroup),
  default_model_filename: one(z.string()),
  cc_model_filenames: any,
  metric_tags: any,
  parameters: any,
  model_warmup: any,
  model_operations: any,
  model_transaction_policy: one(z.strictObject({ decoupled: one(z.boolean()) })),
  model_repository_agents: any,
  response_cache: one(z.strictObject({ enable: one(z.boolean()) })),
  model_metrics: any,
});

export type TritonFields = z.infer<typeof tritonFields>;
