/**
 * Encodes small ONNX models as bytes, with only the protobuf fields that a graph of matrix products needs. Field
 * numbers are those of onnx.proto (ModelProto, GraphProto, NodeProto, AttributeProto, ValueInfoProto).
 */

/** Values of TensorProto.DataType in onnx.proto. */
export const elementTypes = { FP32: 1, FP64: 11 } as const;

export interface NodeDefinition {
  readonly operator: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Attributes by name, grouped by their type in onnx.proto. */
  readonly integers?: Readonly<Record<string, number>>;
  readonly floats?: Readonly<Record<string, number>>;
}

/** A named tensor; a dimension of any size is given as a name. */
export interface GraphValue {
  readonly name: string;
  readonly elementType: number;
  readonly shape: readonly string[];
}

export interface GraphDefinition {
  readonly nodes: readonly NodeDefinition[];
  readonly inputs: readonly GraphValue[];
  readonly outputs: readonly GraphValue[];
}

const irVersion = 8;
const opsetVersion = 17;

export function encodeModel(graph: GraphDefinition): Uint8Array {
  const body = [
    ...graph.nodes.flatMap((node) => message(1, nodeBytes(node))),
    ...text(2, "kernels"),
    ...graph.inputs.flatMap((value) => message(11, valueBytes(value))),
    ...graph.outputs.flatMap((value) => message(12, valueBytes(value))),
  ];
  const opset = message(8, [...text(1, ""), ...integer(2, opsetVersion)]);
  return Uint8Array.from([...integer(1, irVersion), ...message(7, body), ...opset]);
}

function nodeBytes({ operator, inputs, outputs, integers = {}, floats = {} }: NodeDefinition): number[] {
  const attribute = (name: string, value: readonly number[], type: number) =>
    message(5, [...text(1, name), ...value, ...integer(20, type)]);
  return [
    ...inputs.flatMap((name) => text(1, name)),
    ...outputs.flatMap((name) => text(2, name)),
    ...text(4, operator),
    ...Object.entries(floats).flatMap(([name, value]) => attribute(name, float(2, value), 1)),
    ...Object.entries(integers).flatMap(([name, value]) => attribute(name, integer(3, value), 2)),
  ];
}

function valueBytes({ name, elementType, shape }: GraphValue): number[] {
  const dimensions = shape.flatMap((dimension) => message(1, text(2, dimension)));
  const tensorType = [...integer(1, elementType), ...message(2, dimensions)];
  return [...text(1, name), ...message(2, message(1, tensorType))];
}

function integer(field: number, value: number): number[] {
  return [...varint(field << 3), ...varint(value)];
}

function float(field: number, value: number): number[] {
  return [...varint((field << 3) | 5), ...new Uint8Array(Float32Array.of(value).buffer)];
}

function message(field: number, bytes: readonly number[]): number[] {
  return [...varint((field << 3) | 2), ...varint(bytes.length), ...bytes];
}

function text(field: number, value: string): number[] {
  return message(field, [...new TextEncoder().encode(value)]);
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)];
}
