/**
 * Finds the files beside a model that hold its weights: exporters write weights over 2 GB to such files, and smaller
 * ones on request. Pure.
 */
import {
  all,
  attribute,
  entry,
  functionProto,
  graph,
  model,
  modelFields,
  node,
  sparseTensor,
  tensor,
  text,
} from "./onnx-fields.js";
import { fieldsOf } from "./protobuf.js";

/** Limit on graphs inside graphs, as in If and Loop. */
const nestingMax = 32;

/**
 * Each location once, relative to the model's own folder as the model names it.
 * @throws when a location is outside that folder
 */
export function externalFiles(path: string, bytes: Uint8Array): string[] {
  const { whole, graph: fields } = modelFields(path, bytes);
  const found = new Set<string>();
  ofGraph(fields, found, 0);
  for (const { bytes: body } of all(whole, model.functions))
    for (const { bytes: each } of all(fieldsOf(body), functionProto.node)) ofNode(each, found, 0);
  for (const location of found)
    if (location.startsWith("/") || /^[A-Za-z]:|\\/.test(location) || location.split("/").includes(".."))
      throw new Error(
        `${path}: its weights lie in ${location}, outside the model's own folder. Save it anew with the weights beside it: onnx.save_model(model, path, save_as_external_data=True, location="weights.data")`,
      );
  return [...found].sort();
}

function ofGraph(fields: ReturnType<typeof fieldsOf>, found: Set<string>, depth: number): void {
  if (depth > nestingMax) throw new Error(`graphs are nested more than ${nestingMax} deep`);
  for (const { bytes } of all(fields, graph.initializer)) ofTensor(bytes, found);
  for (const { bytes } of all(fields, graph.sparseInitializer))
    for (const part of [sparseTensor.values, sparseTensor.indices])
      for (const each of all(fieldsOf(bytes), part)) ofTensor(each.bytes, found);
  for (const { bytes } of all(fields, graph.node)) ofNode(bytes, found, depth);
}

function ofNode(bytes: Uint8Array, found: Set<string>, depth: number): void {
  for (const { bytes: body } of all(fieldsOf(bytes), node.attribute)) {
    const fields = fieldsOf(body);
    for (const number of [attribute.tensor, attribute.tensors])
      for (const each of all(fields, number)) ofTensor(each.bytes, found);
    for (const number of [attribute.graph, attribute.graphs])
      for (const each of all(fields, number)) ofGraph(fieldsOf(each.bytes), found, depth + 1);
  }
}

function ofTensor(bytes: Uint8Array, found: Set<string>): void {
  for (const { bytes: pair } of all(fieldsOf(bytes), tensor.externalData)) {
    const fields = fieldsOf(pair);
    if (text(fields, entry.key) === "location") found.add(text(fields, entry.value));
  }
}
