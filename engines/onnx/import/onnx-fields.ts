/** The used field numbers of onnx.proto, and access to a message's fields by number. Pure. */
import { bytesField, fieldsOf, joined, type ProtobufField } from "./protobuf.js";

export const model = {
  producerName: 2,
  producerVersion: 3,
  graph: 7,
  opsetImport: 8,
  functions: 25,
} as const;
export const graph = { node: 1, initializer: 5, output: 12, sparseInitializer: 15 } as const;
export const node = { input: 1, output: 2, opType: 4, attribute: 5, domain: 7 } as const;
export const attribute = {
  name: 1,
  tensor: 5,
  graph: 6,
  ints: 8,
  strings: 9,
  tensors: 10,
  graphs: 11,
} as const;
export const tensor = { externalData: 13 } as const;
export const sparseTensor = { values: 1, indices: 2 } as const;
export const entry = { key: 1, value: 2 } as const;
export const opset = { domain: 1, version: 2 } as const;
export const valueInfo = { name: 1, type: 2 } as const;
export const functionProto = { node: 7 } as const;

export function all(fields: readonly ProtobufField[], number: number): ProtobufField[] {
  return fields.filter((field) => field.number === number);
}

/** A string field's text; empty where the field is absent, as protobuf defines. */
export function text(fields: readonly ProtobufField[], number: number): string {
  return texts(fields, number).at(-1) ?? "";
}

export function texts(fields: readonly ProtobufField[], number: number): string[] {
  return all(fields, number).map(({ bytes }) => new TextDecoder().decode(bytes));
}

/** @throws when the bytes are not a model with a graph, naming the file */
export function modelFields(
  path: string,
  bytes: Uint8Array,
): { whole: ProtobufField[]; graph: ProtobufField[] } {
  try {
    const whole = fieldsOf(bytes);
    const [found] = all(whole, model.graph);
    if (found === undefined) throw new Error("it holds no graph");
    return { whole, graph: fieldsOf(found.bytes) };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${path} is no ONNX model, or a damaged one: ${reason}. Export it again`);
  }
}

/** The model with another graph in the place of its own. */
export function withGraph(whole: readonly ProtobufField[], content: Uint8Array): Uint8Array {
  return joined(
    whole.map((field) => (field.number === model.graph ? bytesField(model.graph, content) : field.whole)),
  );
}
