/**
 * Makes the probabilities of scikit-learn's classifiers servable. Their converter ends the graph with ZipMap, whose
 * output is a list of maps and cannot be served. The node is replaced by an Identity, and the output by the matrix of
 * probabilities. Source: ONNX's ai.onnx.ml operators, ZipMap. Pure.
 */
import {
  all,
  attribute,
  graph,
  model,
  modelFields,
  node,
  opset,
  text,
  texts,
  valueInfo,
  withGraph,
} from "./onnx-fields.js";
import { bytesField, fieldsOf, integerField, joined, type ProtobufField } from "./protobuf.js";

export interface ZipMapOutput {
  readonly name: string;
  /** The classes of the columns, in order. */
  readonly classes: readonly string[];
}

export interface ZipMapRemoval {
  readonly bytes: Uint8Array;
  readonly replaced: readonly ZipMapOutput[];
}

/** The version of ONNX's own operators that is added to a model without them. */
const opsetVersion = 13;
const floatType = 1;

export function withoutZipMaps(path: string, bytes: Uint8Array): ZipMapRemoval {
  const { whole, graph: fields } = modelFields(path, bytes);
  const replaced: ZipMapOutput[] = [];
  const nodes = new Map<ProtobufField, Uint8Array>();
  for (const field of all(fields, graph.node)) {
    const parts = fieldsOf(field.bytes);
    if (text(parts, node.opType) !== "ZipMap") continue;
    replaced.push({ name: text(parts, node.output), classes: classesOf(parts) });
    nodes.set(field, bytesField(graph.node, identity(parts)));
  }
  if (replaced.length === 0) return { bytes, replaced };
  const rewritten = fields.map((field) => {
    const output = field.number === graph.output ? text(fieldsOf(field.bytes), valueInfo.name) : undefined;
    const zipped = replaced.find(({ name }) => name === output);
    return nodes.get(field) ?? (zipped === undefined ? field.whole : matrixOutput(zipped));
  });
  const standard = all(whole, model.opsetImport).some(
    (each) => text(fieldsOf(each.bytes), opset.domain) === "",
  );
  const imported = standard ? [] : [bytesField(model.opsetImport, integerField(opset.version, opsetVersion))];
  return { bytes: joined([withGraph(whole, joined(rewritten)), ...imported]), replaced };
}

function identity(parts: readonly ProtobufField[]): Uint8Array {
  const kept = parts.filter(({ number }) => number === node.input || number === node.output);
  return joined([...kept.map(({ whole }) => whole), bytesField(node.opType, "Identity")]);
}

/** Declares the output as FP32 [batch, classes]. */
function matrixOutput({ name, classes }: ZipMapOutput): Uint8Array {
  const shape = joined([
    bytesField(1, bytesField(2, "batch")),
    bytesField(1, integerField(1, classes.length)),
  ]);
  const type = bytesField(1, joined([integerField(1, floatType), bytesField(2, shape)]));
  return bytesField(
    graph.output,
    joined([bytesField(valueInfo.name, name), bytesField(valueInfo.type, type)]),
  );
}

function classesOf(parts: readonly ProtobufField[]): string[] {
  for (const { bytes } of all(parts, node.attribute)) {
    const fields = fieldsOf(bytes);
    if (text(fields, attribute.name) === "classlabels_strings") return texts(fields, attribute.strings);
    if (text(fields, attribute.name) === "classlabels_int64s") return integers(fields).map(String);
  }
  return [];
}

/** The integers of a field, packed or not. */
function integers(fields: readonly ProtobufField[]): bigint[] {
  return all(fields, attribute.ints).flatMap(({ whole, bytes }) => {
    const found: bigint[] = [];
    const list = bytes.length > 0 ? bytes : whole.subarray(1);
    let value = 0n;
    let shift = 0n;
    for (const byte of list) {
      value |= BigInt(byte & 127) << shift;
      shift += 7n;
      if (byte >= 128) continue;
      found.push(BigInt.asIntN(64, value));
      value = 0n;
      shift = 0n;
    }
    return found;
  });
}
