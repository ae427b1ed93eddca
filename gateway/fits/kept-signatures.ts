/**
 * What keeping adds to signatures: the parameter `keep_seconds` and the output `handle` of a fit that can be applied
 * or updated, the parameter `handle` of its applications. Pure.
 */
import type { ParameterSpec, Parameters, Signature, TensorSpec } from "../../engines/servable.js";
import { validateParameters } from "../../engines/validate.js";

const keepSeconds: ParameterSpec = {
  name: "keep_seconds",
  description: "How many seconds to keep the fit, under the handle in the answer; null: it is not kept.",
  default: null,
  anyOf: [{ type: "number", exclusiveMinimum: 0, maximum: 604_800 }, { type: "null" }],
};

const handle: ParameterSpec = {
  name: "handle",
  description: "The handle of a kept fit, in place of its attributes as inputs.",
  default: null,
  anyOf: [{ type: "text", lengthMax: 128 }, { type: "null" }],
};

const handleOutput: TensorSpec = {
  name: "handle",
  datatypes: ["BYTES"],
  shape: [],
  optional: true,
  description: "The handle that names the kept fit; only with keep_seconds.",
};

/** All signatures, with what keeping adds to them. */
export function withKeeping(signatures: readonly Signature[]): Signature[] {
  return signatures.map((signature) => {
    const { parameters, outputs, attributes, application } = signature;
    if (application !== undefined) return { ...signature, parameters: [...parameters, handle] };
    if (attributes === undefined) return signature;
    return { ...signature, parameters: [...parameters, keepSeconds], outputs: [...outputs, handleOutput] };
  });
}

/**
 * The parameters for the engine: defaults filled in, without those that only the gateway reads.
 * @throws HeadgateError invalid_argument naming the parameter
 */
export function engineParameters(signature: Signature, given: Parameters | undefined): Parameters {
  if (signature.kind === "model") return {}; // the parameters of a model's request are for the gateway only
  const specs = signature.parameters.filter((spec) => spec !== keepSeconds && spec !== handle);
  return validateParameters(signature.name, specs, given);
}
