/** Short ways to write the graphs of the tables. */
import {
  type Attribute,
  type Constant,
  type Graph,
  type LocalFunction,
  type Node,
  onnxFile,
} from "../support/onnx.js";

export interface GraphCase {
  readonly name: string;
  readonly model: Uint8Array;
  /** Sizes of each input without its rows. */
  readonly inputs: Readonly<Record<string, readonly number[]>>;
  /** INT64 inputs: ids below this. */
  readonly ids?: number;
  readonly outputs: readonly string[];
  /** What the verdict has to say, where rows are not proven to stay apart. */
  readonly reason?: RegExp;
}

export interface Written {
  readonly nodes: readonly Node[];
  readonly inputs?: Readonly<Record<string, readonly number[]>>;
  readonly ids?: number;
  readonly constants?: Readonly<Record<string, Constant>>;
  /** Rank of each output. */
  readonly outputs?: Readonly<Record<string, number>>;
  readonly opset?: number;
  readonly domains?: Readonly<Record<string, number>>;
  readonly functions?: readonly LocalFunction[];
  /** ONNX's type of the outputs. */
  readonly type?: number;
}

const floatType = 1;
const int64Type = 7;

/** One input X [n, 4] and one output Y [n, m], unless it says otherwise. */
export function written(name: string, graph: Written, reason?: RegExp): GraphCase {
  const {
    nodes,
    inputs = { X: [4] },
    outputs = { Y: 2 },
    constants = {},
    opset = 17,
    type = floatType,
  } = graph;
  const model = onnxFile(
    {
      nodes,
      constants,
      inputs: Object.entries(inputs).map(([input, dims]) => ({
        name: input,
        type: graph.ids === undefined ? floatType : int64Type,
        shape: ["n", ...dims.map((size, axis) => (size > 0 ? size : `${input}${axis}`))],
      })),
      outputs: Object.entries(outputs).map(([output, rank]) => ({
        name: output,
        type,
        shape: Array.from({ length: rank }, (_, axis) => `${output}${axis}`),
      })),
    },
    {
      opset,
      ...(graph.domains && { domains: graph.domains }),
      ...(graph.functions && { functions: graph.functions }),
    },
  );
  return {
    name,
    model,
    inputs,
    outputs: Object.keys(outputs),
    ...(graph.ids !== undefined && { ids: graph.ids }),
    ...(reason !== undefined && { reason }),
  };
}

export function node(
  op: string,
  inputs: string,
  outputs: string,
  attributes: Readonly<Record<string, Attribute>> = {},
  domain = "",
): Node {
  const names = (text: string) => text.split(" ").map((each) => (each === "-" ? "" : each));
  return { op, inputs: inputs === "" ? [] : names(inputs), outputs: names(outputs), attributes, domain };
}

/** Numbers between -1 and 1 that are no pattern. */
export function weights(...shape: number[]): Constant {
  const count = shape.reduce((product, size) => product * size, 1);
  return {
    shape,
    floats: Array.from({ length: count }, (_, i) => Math.sin(i * 12.9898 + shape.length) * 0.9),
  };
}

export const list = (...integers: number[]): Constant => ({ integers });
export const number = (integer: number): Constant => ({ shape: [], integers: [integer] });
export const scalar = (value: number): Constant => ({ shape: [], floats: [value] });

/** A graph inside a node; its values' ranks. */
export function inner(
  nodes: readonly Node[],
  inputs: Readonly<Record<string, number>>,
  outputs: Readonly<Record<string, number>>,
  types: Readonly<Record<string, number>> = {},
  constants: Readonly<Record<string, Constant>> = {},
): Graph {
  const values = (of: Readonly<Record<string, number>>) =>
    Object.entries(of).map(([name, rank]) => ({
      name,
      type: types[name] ?? floatType,
      shape: Array.from({ length: rank }, (_, axis) => `${name}${axis}`),
    }));
  return { nodes, inputs: values(inputs), outputs: values(outputs), constants };
}
