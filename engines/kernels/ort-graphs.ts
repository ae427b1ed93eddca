/** The graphs of the `ort` backend. Their dimensions are open, so that one session serves all sizes. */
import type { Precision } from "./kernels.js";
import { elementTypes, type GraphDefinition, type NodeDefinition } from "./onnx-encoder.js";

interface KernelGraph {
  readonly inputs: Readonly<Record<string, readonly [rows: string, columns: string]>>;
  readonly output: readonly [rows: string, columns: string];
  readonly nodes: readonly NodeDefinition[];
}

const shapes = {
  /** AB */
  product: {
    inputs: { a: ["m", "k"], b: ["k", "n"] },
    output: ["m", "n"],
    nodes: [{ operator: "MatMul", inputs: ["a", "b"], outputs: ["out"] }],
  },
  /** AᵀB */
  transposedProduct: {
    inputs: { a: ["k", "m"], b: ["k", "n"] },
    output: ["m", "n"],
    nodes: [{ operator: "Gemm", inputs: ["a", "b"], outputs: ["out"], integers: { transA: 1 } }],
  },
  /** ABᵀ */
  productTransposed: {
    inputs: { a: ["m", "k"], b: ["n", "k"] },
    output: ["m", "n"],
    nodes: [{ operator: "Gemm", inputs: ["a", "b"], outputs: ["out"], integers: { transB: 1 } }],
  },
  /** Z − ((ZVᵀ)Tᵀ)V */
  reflection: {
    inputs: { z: ["m", "n"], v: ["k", "n"], t: ["k", "k"] },
    output: ["m", "n"],
    nodes: [
      { operator: "Gemm", inputs: ["z", "v"], outputs: ["along"], integers: { transB: 1 } },
      { operator: "Gemm", inputs: ["along", "t"], outputs: ["scaled"], integers: { transB: 1 } },
      { operator: "Gemm", inputs: ["scaled", "v", "z"], outputs: ["out"], floats: { alpha: -1 } },
    ],
  },
} as const satisfies Record<string, KernelGraph>;

export type GraphName = keyof typeof shapes;

export function graphOf(name: GraphName, precision: Precision): GraphDefinition {
  const { inputs, output, nodes }: KernelGraph = shapes[name];
  const elementType = elementTypes[precision];
  return {
    nodes,
    inputs: Object.entries(inputs).map(([input, shape]) => ({ name: input, elementType, shape })),
    outputs: [{ name: "out", elementType, shape: output }],
  };
}
