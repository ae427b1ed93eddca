/** Parses a model's graph for the analysis. Source: onnx.proto. Pure. */
import {
  all,
  functionProto as functionFields,
  graph as graphFields,
  model,
  node as nodeFields,
  opset,
  text,
  texts,
  valueInfo,
} from "../import/onnx-fields.js";
import { eachField, fieldsOf } from "../import/protobuf.js";
import { NodeAttributes } from "./attributes.js";
import { openSize, type Size, sizeOf, type UnknownSizes } from "./sizes.js";
import { tensorOf } from "./tensor-proto.js";
import type { Value } from "./values.js";

export interface NodeProto {
  readonly operator: string;
  readonly domain: string;
  readonly name: string;
  /** The names of the inputs; an empty name is an omitted one. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: NodeAttributes;
  readonly graphs: ReadonlyMap<string, GraphProto>;
}

export interface ValueInfo {
  readonly name: string;
  /** Absent where the graph declares no shape; a size of -1 or without a value is open. */
  readonly shape?: readonly (number | string)[] | undefined;
}

export interface GraphProto {
  readonly nodes: readonly NodeProto[];
  readonly constants: ReadonlyMap<string, Value>;
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
}

export interface FunctionProto {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly nodes: readonly NodeProto[];
  readonly opsets: ReadonlyMap<string, number>;
}

export interface ModelProto {
  readonly graph: GraphProto;
  readonly opsets: ReadonlyMap<string, number>;
  /** By domain and name: `domain:name`. */
  readonly functions: ReadonlyMap<string, FunctionProto>;
}

/** Limit on graphs inside graphs, as in If and Loop. */
const nestingMax = 32;
const inputField = 11;
const functionParts = { name: 1, input: 4, output: 5, opsetImport: 9, domain: 10 } as const;
const sparseValuesName = 1;
const nodeName = 3;

/** @throws when the bytes are not a model, or its graphs are nested too deeply */
export function modelGraph(bytes: Uint8Array): ModelProto {
  const fields = fieldsOf(bytes);
  const [graph] = all(fields, model.graph);
  if (graph === undefined) throw new Error("it holds no graph");
  const functions = all(fields, model.functions).map((each) => functionOf(each.bytes));
  if (new Map(functions).size < functions.length) throw new Error("two of its functions have one name");
  return {
    graph: graphOf(graph.bytes, 0),
    opsets: opsetsOf(all(fields, model.opsetImport).map((each) => each.bytes)),
    functions: new Map(functions),
  };
}

function graphOf(bytes: Uint8Array, depth: number): GraphProto {
  if (depth > nestingMax) throw new Error(`graphs are nested more than ${nestingMax} deep`);
  const nodes: NodeProto[] = [];
  const constants = new Map<string, Value>();
  const inputs: ValueInfo[] = [];
  const outputs: ValueInfo[] = [];
  eachField(bytes, (field) => {
    if (field.number === graphFields.node) nodes.push(nodeOf(field.bytes, depth));
    else if (field.number === graphFields.initializer) {
      const { name, value } = tensorOf(field.bytes);
      constants.set(name, value);
    } else if (field.number === graphFields.sparseInitializer) {
      const [values] = all(fieldsOf(field.bytes), sparseValuesName);
      if (values !== undefined) constants.set(tensorOf(values.bytes).name, { dependence: { kind: "fixed" } });
    } else if (field.number === inputField) inputs.push(declared(field.bytes));
    else if (field.number === graphFields.output) outputs.push(declared(field.bytes));
    return true;
  });
  return { nodes, constants, inputs, outputs };
}

function nodeOf(bytes: Uint8Array, depth: number): NodeProto {
  const fields = fieldsOf(bytes);
  const attributes = new NodeAttributes(all(fields, nodeFields.attribute).map((each) => each.bytes));
  const graphs = [...attributes.graphs].map(([name, body]) => [name, graphOf(body, depth + 1)] as const);
  return {
    operator: text(fields, nodeFields.opType),
    domain: text(fields, nodeFields.domain),
    name: text(fields, nodeName),
    inputs: texts(fields, nodeFields.input),
    outputs: texts(fields, nodeFields.output),
    attributes,
    graphs: new Map(graphs),
  };
}

function functionOf(bytes: Uint8Array): readonly [string, FunctionProto] {
  const fields = fieldsOf(bytes);
  const key = functionKey(text(fields, functionParts.domain), text(fields, functionParts.name));
  return [
    key,
    {
      inputs: texts(fields, functionParts.input),
      outputs: texts(fields, functionParts.output),
      nodes: all(fields, functionFields.node).map((each) => nodeOf(each.bytes, 0)),
      opsets: opsetsOf(all(fields, functionParts.opsetImport).map((each) => each.bytes)),
    },
  ];
}

export function functionKey(domain: string, name: string): string {
  return `${domainOf(domain)}:${name}`;
}

function opsetsOf(imports: readonly Uint8Array[]): Map<string, number> {
  return new Map(
    imports.map((bytes) => {
      const fields = fieldsOf(bytes);
      return [domainOf(text(fields, opset.domain)), all(fields, opset.version)[0]?.value ?? 1];
    }),
  );
}

/** ONNX's own domain has two names. */
export function domainOf(domain: string): string {
  return domain === "ai.onnx" ? "" : domain;
}

function declared(bytes: Uint8Array): ValueInfo {
  const fields = fieldsOf(bytes);
  const name = text(fields, valueInfo.name);
  const [type] = all(fields, valueInfo.type);
  const [tensor] = type === undefined ? [] : all(fieldsOf(type.bytes), 1);
  const [shape] = tensor === undefined ? [] : all(fieldsOf(tensor.bytes), 2);
  if (shape === undefined) return { name };
  const dims = all(fieldsOf(shape.bytes), 1).map((each) => {
    const parts = fieldsOf(each.bytes);
    const named = text(parts, 2);
    const size = all(parts, 1)[0]?.value;
    return size !== undefined && size > 0 && size < 2 ** 53 ? size : named;
  });
  return { name, shape: dims };
}

/** Sizes as the graph declares them; each open size without a name gets a unique one. */
export function declaredSizes(shape: readonly (number | string)[], unknown: UnknownSizes): Size[] {
  return shape.map((size) =>
    typeof size === "number" ? sizeOf(size) : size === "" ? unknown.next() : openSize(size),
  );
}
