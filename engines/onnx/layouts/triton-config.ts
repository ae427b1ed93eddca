/**
 * Converts Triton's config.pbtxt to a model's config. Settings with the same meaning here are applied, settings
 * without a counterpart are reported in notes, and settings that would change answers are refused by name. Pure.
 */
import { z } from "zod";
import type { GraphHeader } from "../graph-header/graph-header.js";
import { graphConfig } from "./graph-config.js";
import { parseProtobufText } from "./protobuf-text.js";
import { type TritonFields, tritonFields } from "./triton-fields.js";

export interface TritonConfig {
  /** The config with the field names of config.json. */
  readonly config: Readonly<Record<string, unknown>>;
  /** The name of the model's file in a version's folder, where it is not model.onnx. */
  readonly fileName: string | undefined;
  /** Sentences that say which settings are not applied, and why. */
  readonly notes: readonly string[];
}

/** @throws naming the line that cannot be parsed, or the field that cannot be served */
export function tritonModel(text: string): TritonFields {
  const parsed = tritonFields.safeParse(parseProtobufText(text));
  if (!parsed.success) throw new Error(z.prettifyError(parsed.error));
  refuse(parsed.data);
  return parsed.data;
}

/**
 * @param folder the name of the model's folder
 * @param header the graph's header; undefined: no version's file can be read
 */
export function tritonConfig(fields: TritonFields, folder: string, header?: GraphHeader): TritonConfig {
  const { max_batch_size = 0, default_model_filename: fileName, response_cache, version_policy } = fields;
  const isComplete = fields.input.length > 0 && fields.output.length > 0;
  const graph = isComplete || header === undefined ? undefined : graphConfig(header, max_batch_size);
  const instances = instanceGroup(fields);
  const config = {
    name: fields.name ?? folder,
    platform: "onnxruntime_onnx",
    max_batch_size,
    input: fields.input.length > 0 ? fields.input.map(tensor) : (graph?.input ?? []),
    output: fields.output.length > 0 ? fields.output.map(tensor) : (graph?.output ?? []),
    ...dynamicBatching(fields),
    ...(version_policy && { version_policy: versionPolicy(version_policy) }),
    ...(response_cache?.enable && { response_cache: { enable: true } }),
    ...instances,
  };
  return { config, fileName, notes: [...notesOf(fields), ...(graph?.notes ?? [])] };
}

function refuse(fields: TritonFields): void {
  const { platform, backend, input, output } = fields;
  const kind = platform || backend || "onnxruntime_onnx";
  if (fields.ensemble_scheduling !== undefined || kind === "ensemble")
    throw new Error(
      "it is an ensemble (ensemble_scheduling), which is not served: join the steps into one graph with onnx.compose.merge_models, or let the client call one model after the other",
    );
  if (kind !== "onnxruntime_onnx" && kind !== "onnxruntime")
    throw new Error(
      `it is for Triton's ${platform ? "platform" : "backend"} ${kind}, and only ONNX is served: export the model to ONNX and bring it with "headgate models add"`,
    );
  if (fields.sequence_batching !== undefined)
    throw new Error(
      "sequence_batching is not served, for no state is kept between requests: make the state an input and an output of the graph, and let the client send it along",
    );
  if (fields.model_transaction_policy?.decoupled)
    throw new Error("model_transaction_policy: decoupled answers are not served; a request has one answer");
  for (const field of [
    "batch_input",
    "batch_output",
    "cc_model_filenames",
    "model_repository_agents",
  ] as const)
    if (fields[field] !== undefined)
      throw new Error(`${field} is not served: take it out, and what it does into the graph`);
  const file = fields.default_model_filename;
  if (file !== undefined && !/^[\w-][\w.-]*\.onnx$/.test(file))
    throw new Error(
      `default_model_filename is ${JSON.stringify(file)}: a file NAME.onnx of the version's folder is served`,
    );
  for (const each of [...input, ...output]) refuseTensor(each);
}

function refuseTensor(each: TritonFields["input"][number] | TritonFields["output"][number]): void {
  const name = each.name ?? "";
  if (each.reshape !== undefined)
    throw new Error(
      `${name}: reshape is not served: write the graph's own shape into dims, or reshape in the graph`,
    );
  if (each.is_shape_tensor) throw new Error(`${name}: is_shape_tensor is for TensorRT and is not served`);
  if ("allow_ragged_batch" in each && each.allow_ragged_batch)
    throw new Error(`${name}: allow_ragged_batch is not served: requests of one shape share a batch`);
  if ("optional" in each && each.optional)
    throw new Error(
      `${name}: an optional input cannot be sent; where it is an initialiser of the graph, take its entry out, and it keeps its default`,
    );
}

const tensor = ({
  name,
  data_type: datatype,
  dims,
}: TritonFields["input"][number] | TritonFields["output"][number]) => ({
  name,
  datatype,
  dims,
});

/** In protobuf an absent number and 0 both mean the default. */
function dynamicBatching({ dynamic_batching: given }: TritonFields): object {
  if (given === undefined) return {};
  const { default_queue_policy: policy } = given;
  return {
    dynamic_batching: {
      preferred_batch_size: given.preferred_batch_size,
      ...above0("max_queue_delay_microseconds", given.max_queue_delay_microseconds),
      ...above0("priority_levels", given.priority_levels),
      ...above0("default_priority_level", given.default_priority_level),
      default_queue_policy: {
        ...above0("default_timeout_microseconds", policy?.default_timeout_microseconds),
        ...above0("max_queue_size", policy?.max_queue_size),
      },
    },
  };
}

function above0(name: string, value: number | undefined): object {
  return value === undefined || value === 0 ? {} : { [name]: value };
}

function versionPolicy({ latest, all, specific }: NonNullable<TritonFields["version_policy"]>): object {
  if (all !== undefined) return { all: {} };
  if (specific !== undefined) return { specific };
  return { latest: { num_versions: latest?.num_versions || 1 } };
}

function instanceGroup({ instance_group: groups }: TritonFields): object {
  if (groups.length === 0) return {};
  const count = groups.reduce((sum, group) => sum + (group.count || 1), 0);
  const isCpu = groups.every(({ kind }) => kind === "KIND_CPU");
  return { instance_group: { count }, ...(isCpu && { execution_providers: ["cpu"] }) };
}

function notesOf(fields: TritonFields): string[] {
  const unused = [
    "optimization",
    "parameters",
    "model_warmup",
    "metric_tags",
    "model_metrics",
    "runtime",
    "model_operations",
  ] as const;
  const notes = unused
    .filter((field) => fields[field] !== undefined)
    .map((field) => `The field ${field} of config.pbtxt is not applied.`);
  const { instance_group: groups, dynamic_batching: batching, output } = fields;
  if (groups.some(({ kind, gpus }) => kind === "KIND_GPU" || gpus !== undefined))
    notes.push(
      "The instance_group of config.pbtxt names GPUs; engine.execution_providers says where it is computed.",
    );
  if (batching?.preserve_ordering || batching?.priority_queue_policy !== undefined)
    notes.push("The preserve_ordering and priority_queue_policy of config.pbtxt are not applied.");
  for (const { name, label_filename } of output)
    if (label_filename) notes.push(`The label_filename of output ${name} in config.pbtxt is not applied.`);
  return notes;
}
