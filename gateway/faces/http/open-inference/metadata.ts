/** The metadata of servables as Open Inference and Triton have them, made from what `describe` answers. */
import { HeadgateError } from "../../../../protocol/errors.js";
import { shown } from "../../../../protocol/fields.js";
import type { ServableDescription, TensorDescription } from "../../../requests/describe.js";
import type { ServablesAnswer } from "../../../requests/descriptions.js";

export interface OpenInferenceTensor {
  readonly name: string;
  readonly datatype: string;
  /** -1 for a size that is left open. */
  readonly shape: readonly number[];
}

/** The versions of a model that the gateway knows. */
export function versionsOf(
  { models }: ServablesAnswer,
  name: string,
  version?: string,
): ServableDescription[] {
  const known = models.filter((model) => model.name === name);
  if (known.length === 0) throw unknownModel(name);
  const wanted = known.filter((model) => version === undefined || model.version === version);
  if (wanted.length === 0) throw unknownModel(name, version);
  return wanted;
}

/** The words are Triton's, because its clients look for them. */
export function unknownModel(name: string, version?: string): HeadgateError {
  const which = version === undefined ? shown(name) : `${shown(name)} version ${shown(version)}`;
  return new HeadgateError("not_found", `Request for unknown model: ${which} is not found`);
}

/** Whether a version answers requests: one that is opened by its first request does, too. */
export function isReady({ state }: ServableDescription): boolean {
  return state === "ready" || state === "unloaded" || state === "loading";
}

export function modelMetadata(name: string, described: readonly ServableDescription[]): object {
  const answering = described.find(isReady) ?? described[0];
  return {
    name,
    versions: described.flatMap(({ version }) => (version === null ? [] : [version])),
    platform: answering?.kind === "model" ? "onnxruntime_onnx" : "headgate",
    inputs: (answering?.inputs ?? []).map(tensorMetadata),
    outputs: (answering?.outputs ?? []).map(tensorMetadata),
    ...(answering?.expires_ts !== undefined && { expires_ts: answering.expires_ts }),
  };
}

function tensorMetadata({ name, datatypes, shape }: TensorDescription): OpenInferenceTensor {
  return {
    name,
    datatype: datatypes[0] ?? "FP32",
    shape: shape.map((size) => (typeof size === "number" ? size : -1)),
  };
}

/** Triton's names of the datatypes in a model's configuration. */
const configTypes: Readonly<Record<string, string>> = { BYTES: "TYPE_STRING" };

/** Triton's model configuration, as far as the clients read it, and the parameters of the servable. */
export function modelConfig(described: ServableDescription): object {
  const { name, kind, inputs = [], outputs = [] } = described;
  const batched = (described.max_batch_size ?? 0) > 0;
  const tensor = (each: TensorDescription) => {
    const { datatype, shape } = tensorMetadata(each);
    return {
      name: each.name,
      data_type: configTypes[datatype] ?? `TYPE_${datatype}`,
      dims: batched ? shape.slice(1) : shape,
      ...(each.optional && { optional: true }),
    };
  };
  return {
    name,
    platform: kind === "model" ? "onnxruntime_onnx" : "headgate",
    backend: kind === "model" ? "onnxruntime" : "headgate",
    max_batch_size: described.max_batch_size ?? 0,
    input: inputs.map(tensor),
    output: outputs.map(tensor),
    parameters: Object.fromEntries(
      (described.parameters ?? []).map(({ name: parameter, ...about }) => [
        parameter,
        { string_value: JSON.stringify(about) },
      ]),
    ),
  };
}

/** An entry of Triton's repository index for each version. What it lists can be inferred, which trainers cannot. */
export function repositoryIndex({ models }: ServablesAnswer, readyOnly: boolean): object[] {
  const states: Readonly<Record<string, string>> = {
    ready: "READY",
    unloaded: "READY",
    loading: "LOADING",
    unavailable: "UNAVAILABLE",
  };
  return models
    .filter((model) => model.kind !== "trainer" && (!readyOnly || isReady(model)))
    .map(({ name, version, state, reason }) => ({
      name,
      ...(version !== null && { version }),
      state: states[state] ?? "UNAVAILABLE",
      reason: reason ?? "",
    }));
}
