/** Reads the inputs of a request: tensors and references by name. */
import { type Fields, readFields } from "./fields.js";
import { limits } from "./limits.js";
import { namesIn } from "./names.js";
import type { WireForm } from "./parse-tensor.js";
import { type InferInput, type InferInputs, parseInput } from "./reference.js";

export function parseInputs(frame: Fields, form: WireForm): InferInputs {
  const given = readFields(frame, "inputs");
  const inputs: Record<string, InferInput> = {};
  for (const name of namesIn(given, "inputs", limits.tensors_max))
    inputs[name] = parseInput(given[name], `inputs.${name}`, form);
  return inputs;
}
