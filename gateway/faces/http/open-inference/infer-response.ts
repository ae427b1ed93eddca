/** Translates an answer to an Open Inference response: JSON, and behind it the tensors that are binary. */
import type { Answer } from "../../../scheduling/queued-request.js";
import type { OpenInferenceRequest } from "./infer-request.js";
import { tensorBytes, tensorJson } from "./output-tensors.js";

export interface InferResponse {
  readonly parts: readonly Uint8Array[];
  /** Bytes of the JSON, where tensors follow it. */
  readonly headerLength: number | undefined;
}

const utf8 = new TextEncoder();

/** @throws HeadgateError invalid_argument for an output that JSON cannot hold */
export function inferResponse(
  { model, version, outputs, backend, precision, timing, inputsUsed }: Answer,
  { id, isBinary, request }: Pick<OpenInferenceRequest, "id" | "isBinary" | "request">,
  cached: boolean,
): InferResponse {
  const tails: Uint8Array[] = [];
  const tensors = (request.outputs ?? Object.keys(outputs)).flatMap((name) => {
    const tensor = outputs[name];
    if (tensor === undefined) return [];
    const { datatype, shape } = tensor;
    const head = `{"name":${JSON.stringify(name)},"datatype":"${datatype}","shape":[${shape.join(",")}]`;
    if (!isBinary(name)) return [`${head},"data":${tensorJson(tensor, `outputs.${name}`)}}`];
    const bytes = tensorBytes(tensor);
    tails.push(bytes);
    return [`${head},"parameters":{"binary_data_size":${bytes.length}}}`];
  });
  const parameters = { backend, precision, cached, ...timing, inputs_used: inputsUsed };
  const fields = { model_name: model, model_version: version, ...(id !== undefined && { id }), parameters };
  const json = utf8.encode(`${JSON.stringify(fields).slice(0, -1)},"outputs":[${tensors.join(",")}]}`);
  return { parts: [json, ...tails], headerLength: tails.length === 0 ? undefined : json.length };
}
