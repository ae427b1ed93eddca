/** Graphs whose rows stay apart, in the forms that exporters write. */
import { type GraphCase, inner, list, node, number, scalar, weights, written } from "./graphs.js";

const i = (value: number) => ({ i: value });
const is = (...values: number[]) => ({ is: values });
const W = weights(4, 3);

const dense: GraphCase[] = [
  written("torch's Linear, Gemm with the weights turned", {
    nodes: [node("Gemm", "X W b", "h", { transB: i(1) }), node("Relu", "h", "Y")],
    constants: { W: weights(3, 4), b: weights(3) },
  }),
  written("a scaler, a product and a softmax over the classes", {
    nodes: [node("Sub", "X m", "c"), node("MatMul", "c W", "l"), node("Softmax", "l", "Y", { axis: i(-1) })],
    constants: { m: weights(4), W },
  }),
  written("softmax of an old opset over the axes from 1", { nodes: [node("Softmax", "X", "Y")], opset: 11 }),
  written("sums and the greatest over a row's own values", {
    nodes: [
      node("ReduceSum", "X ax", "s"),
      node("ReduceMax", "X", "m", { axes: is(1) }),
      node("Sub", "m s", "Y"),
    ],
    constants: { ax: list(1) },
  }),
  written("a row sorted in itself", { nodes: [node("TopK", "X k", "Y i")], constants: { k: list(2) } }),
  written("running sums along a row", { nodes: [node("CumSum", "X ax", "Y")], constants: { ax: number(1) } }),
  written("layer norm", {
    nodes: [node("LayerNormalization", "X g b", "Y")],
    constants: { g: weights(4), b: weights(4) },
  }),
  written("batch norm in evaluation mode", {
    nodes: [node("BatchNormalization", "X g b m v", "Y")],
    constants: { g: weights(4), b: weights(4), m: weights(4), v: { floats: [1, 2, 3, 4] } },
  }),
  written("Einsum with the rows' letter in the answer", {
    nodes: [node("Einsum", "X W", "Y", { equation: { s: "bi,ij->bj" } })],
    constants: { W },
  }),
  written("rows on the right of a product, and turned back", {
    nodes: [node("Transpose", "X", "T"), node("MatMul", "V T", "p"), node("Transpose", "p", "Y")],
    constants: { V: weights(2, 4) },
  }),
  written("two inputs, pair by pair", { nodes: [node("Mul", "A B", "Y")], inputs: { A: [3], B: [3] } }),
  written("a label by the greatest score, from a list of classes", {
    nodes: [
      node("MatMul", "X W", "s"),
      node("ArgMax", "s", "a", { axis: i(1), keepdims: i(1) }),
      node("ArrayFeatureExtractor", "classes a", "l", {}, "ai.onnx.ml"),
      node("Reshape", "l shape", "Y"),
    ],
    constants: { W, classes: { floats: [5, 6, 7] }, shape: list(-1) },
    outputs: { Y: 1 },
    domains: { "ai.onnx.ml": 1 },
  }),
];

const shapes: GraphCase[] = [
  written("Reshape by Shape, Gather, Unsqueeze and Concat, as torch's view", {
    nodes: [
      node("Shape", "X", "s"),
      node("Gather", "s zero", "n"),
      node("Unsqueeze", "n ax", "n1"),
      node("Concat", "n1 two minus", "to", { axis: i(0) }),
      node("Reshape", "X to", "r"),
      node("ReduceSum", "r last", "Y", { keepdims: i(0) }),
    ],
    constants: { zero: number(0), ax: list(0), two: list(2), minus: list(-1), last: list(2) },
  }),
  written("windows as rows of their own, and back", {
    nodes: [node("Reshape", "X flat", "f"), node("Relu", "f", "g"), node("Reshape", "g back", "Y")],
    inputs: { X: [6, 4] },
    constants: { flat: list(-1, 4), back: list(-1, 24) },
  }),
  written("Flatten", { nodes: [node("Flatten", "X", "Y")], inputs: { X: [2, 3] } }),
  written("Expand of a learned token to the number of rows, as ViT's", {
    nodes: [
      node("Shape", "X", "s", { start: i(0), end: i(1) }),
      node("Concat", "s rest", "to", { axis: i(0) }),
      node("Expand", "cls to", "c"),
      node("Concat", "c X", "Y", { axis: i(1) }),
    ],
    inputs: { X: [2, 4] },
    outputs: { Y: 3 },
    constants: { cls: weights(1, 1, 4), rest: list(1, 4) },
  }),
  written("all rows sliced, the last step picked", {
    nodes: [node("Slice", "X from to", "s"), node("Gather", "s last", "Y", { axis: i(1) })],
    inputs: { X: [5, 3] },
    constants: { from: list(0), to: list(2 ** 31), last: number(-1) },
  }),
  written("padded, tiled and split along a row", {
    nodes: [
      node("Pad", "X pads", "p"),
      node("Tile", "p often", "t"),
      node("Split", "t", "a b", { axis: i(1) }),
      node("Add", "a b", "Y"),
    ],
    constants: { pads: list(0, 1, 0, 1), often: list(1, 2) },
  }),
  written("a branch that the shape decides, as torch's squeeze", {
    nodes: [
      node("Shape", "X", "s"),
      node("Gather", "s one", "d"),
      node("Equal", "d one", "is"),
      node("If", "is", "Y", {
        then_branch: { g: inner([node("ReduceSum", "X all", "t")], {}, { t: 2 }, {}, { all: list(0) }) },
        else_branch: { g: inner([node("Neg", "X", "e")], {}, { e: 2 }) },
      }),
    ],
    constants: { one: number(1) },
  }),
];

const sequences: GraphCase[] = [
  written("an LSTM of windows, batch second, with states of zeros by Shape", {
    nodes: [
      node("Transpose", "X", "T", { perm: is(1, 0, 2) }),
      node("Shape", "X", "s"),
      node("Gather", "s zero", "n"),
      node("Unsqueeze", "n ax", "n1"),
      node("Concat", "one n1 width", "to", { axis: i(0) }),
      node("ConstantOfShape", "to", "h0"),
      node("LSTM", "T W R B - h0 h0", "all h c", { hidden_size: i(3) }),
      node("Squeeze", "h ax", "Y"),
    ],
    inputs: { X: [5, 2] },
    constants: {
      W: weights(1, 12, 2),
      R: weights(1, 12, 3),
      B: weights(1, 24),
      zero: number(0),
      ax: list(0),
      one: list(1),
      width: list(3),
    },
  }),
  written("a GRU whose state each row brings", {
    nodes: [
      node("Transpose", "X", "T", { perm: is(1, 0, 2) }),
      node("Unsqueeze", "h ax", "h0"),
      node("GRU", "T W R - - h0", "all last", { hidden_size: i(3) }),
      node("Squeeze", "last ax", "Y"),
    ],
    inputs: { X: [4, 2], h: [3] },
    constants: { W: weights(1, 9, 2), R: weights(1, 9, 3), ax: list(0) },
  }),
  written("a Scan through time", {
    nodes: [
      node("ReduceSum", "X steps", "z0", { keepdims: i(0) }),
      node("Mul", "z0 nought", "s0"),
      node("Scan", "s0 X", "Y path", {
        num_scan_inputs: i(1),
        scan_input_axes: is(1),
        body: {
          g: inner(
            [node("Mul", "s half", "k"), node("Add", "k x", "so"), node("Identity", "so", "yo")],
            { s: 2, x: 2 },
            { so: 2, yo: 2 },
            {},
            { half: scalar(0.5) },
          ),
        },
      }),
    ],
    inputs: { X: [5, 3] },
    constants: { steps: list(1), nought: scalar(0) },
  }),
  written("a Scan over the rows without a state that changes, as skl2onnx's distances", {
    nodes: [
      node("Scan", "train X", "kept Y", {
        num_scan_inputs: i(1),
        body: {
          g: inner(
            [
              node("Identity", "t", "to"),
              node("Sub", "t x", "d"),
              node("ReduceSumSquare", "d", "o", { axes: is(1), keepdims: i(0) }),
            ],
            { t: 2, x: 1 },
            { to: 2, o: 1 },
          ),
        },
      }),
    ],
    constants: { train: weights(3, 4) },
  }),
  written("a Loop of as many rounds for all", {
    nodes: [
      node("Loop", "rounds - X", "Y", {
        body: {
          g: inner(
            [node("Identity", "go", "on"), node("Tanh", "v", "w")],
            { at: 0, go: 0, v: 2 },
            { on: 0, w: 2 },
            { at: 7, go: 9, on: 9 },
          ),
        },
      }),
    ],
    constants: { rounds: number(3) },
  }),
  written("self-attention with heads, as torch exports it", {
    nodes: [
      ...["q", "k", "v"].flatMap((each) => [
        node("MatMul", `X W${each}`, `${each}p`),
        node("Reshape", `${each}p heads`, `${each}h`),
        node("Transpose", `${each}h`, each, { perm: is(0, 2, 1, 3) }),
      ]),
      node("Transpose", "k", "kt", { perm: is(0, 1, 3, 2) }),
      node("MatMul", "q kt", "raw"),
      node("Mul", "raw scale", "scores"),
      node("Softmax", "scores", "p", { axis: i(-1) }),
      node("MatMul", "p v", "o"),
      node("Transpose", "o", "ot", { perm: is(0, 2, 1, 3) }),
      node("Reshape", "ot joined", "Y"),
    ],
    inputs: { X: [-1, 4] },
    outputs: { Y: 3 },
    constants: {
      Wq: weights(4, 4),
      Wk: weights(4, 4),
      Wv: weights(4, 4),
      heads: list(0, -1, 2, 2),
      joined: list(0, -1, 4),
      scale: scalar(0.7),
    },
  }),
  written("embeddings by ids, and a mean over the tokens", {
    nodes: [node("Gather", "table ids", "e"), node("ReduceMean", "e", "Y", { axes: is(1), keepdims: i(0) })],
    inputs: { ids: [-1] },
    ids: 7,
    constants: { table: weights(7, 3) },
  }),
];

const images: GraphCase[] = [
  written("a convolution, a pool, a product", {
    nodes: [
      node("Conv", "X W", "c", { kernel_shape: is(3), pads: is(1, 1) }),
      node("Relu", "c", "r"),
      node("GlobalAveragePool", "r", "g"),
      node("Flatten", "g", "Y"),
    ],
    inputs: { X: [2, 8] },
    constants: { W: weights(3, 2, 3) },
  }),
  written("an image twice as large", {
    nodes: [node("Resize", "X - scales", "Y", { mode: { s: "nearest" } })],
    inputs: { X: [1, 2, 2] },
    outputs: { Y: 4 },
    constants: { scales: { floats: [1, 1, 2, 2] } },
  }),
];

export const apart: readonly GraphCase[] = [...dense, ...shapes, ...sequences, ...images];
