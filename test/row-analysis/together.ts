/** Graphs whose rows meet, or of which it cannot be told; each with what the verdict has to name. */
import { type GraphCase, inner, list, node, number, scalar, weights, written } from "./graphs.js";

const i = (value: number) => ({ i: value });
const is = (...values: number[]) => ({ is: values });

export const coupled: readonly GraphCase[] = [
  written(
    "a cross-section's mean taken away",
    { nodes: [node("ReduceMean", "X", "m", { axes: is(0) }), node("Sub", "X m", "Y")] },
    /ReduceMean "m" goes over the rows/,
  ),
  written(
    "weights that sum to 1 over the rows",
    { nodes: [node("Softmax", "X", "Y", { axis: i(0) })] },
    /Softmax "Y" goes over the rows/,
  ),
  written(
    "a softmax of an old opset over everything",
    { nodes: [node("Softmax", "X", "Y", { axis: i(0) })], opset: 11 },
    /goes over the rows/,
  ),
  written(
    "ranks",
    { nodes: [node("TopK", "X k", "Y i", { axis: i(0) })], constants: { k: list(1) } },
    /sorts the rows/,
  ),
  written(
    "running sums over the rows",
    { nodes: [node("CumSum", "X ax", "Y")], constants: { ax: number(0) } },
    /CumSum "Y" goes over the rows/,
  ),
  written(
    "the best of the rows",
    { nodes: [node("ArgMax", "X", "Y", { axis: i(0) })], type: 7 },
    /ArgMax "Y" goes over the rows/,
  ),
  written(
    "a sum over all axes",
    { nodes: [node("ReduceSum", "X", "s", { keepdims: i(1) }), node("Div", "X s", "Y")] },
    /goes over the rows/,
  ),
  written(
    "a mean that divides by the number of rows",
    {
      nodes: [
        node("Shape", "X", "s"),
        node("Gather", "s zero", "n"),
        node("Cast", "n", "f", { to: i(1) }),
        node("Div", "X f", "Y"),
      ],
      constants: { zero: number(0) },
    },
    /computes with the number of rows/,
  ),
  written(
    "a Gram matrix of the rows",
    { nodes: [node("Transpose", "X", "T"), node("MatMul", "X T", "Y")] },
    /multiplies each row with every other/,
  ),
  written(
    "a covariance",
    { nodes: [node("Transpose", "X", "T"), node("MatMul", "T X", "c"), node("MatMul", "X c", "Y")] },
    /sums over the rows/,
  ),
  written(
    "Einsum over the rows",
    { nodes: [node("Einsum", "X", "s", { equation: { s: "bi->i" } }), node("Mul", "X s", "Y")] },
    /sums over the rows/,
  ),
  written(
    "differences of each row and the next",
    {
      nodes: [
        node("Slice", "X a b", "head"),
        node("Slice", "X b e", "tail"),
        node("Concat", "tail head", "Y", { axis: i(0) }),
      ],
      constants: { a: list(0), b: list(1), e: list(2 ** 31) },
    },
    /takes rows by their place/,
  ),
  written(
    "the first row for all",
    { nodes: [node("Gather", "X zero", "f"), node("Sub", "X f", "Y")], constants: { zero: number(0) } },
    /picks rows by their place/,
  ),
  written(
    "each row beside every other",
    {
      nodes: [
        node("Unsqueeze", "X a", "p"),
        node("Unsqueeze", "X b", "q"),
        node("Sub", "p q", "d"),
        node("ReduceSum", "d c", "Y", { keepdims: i(0) }),
      ],
      constants: { a: list(0), b: list(1), c: list(1) },
    },
    /pairs each row with every other/,
  ),
  written(
    "two rows made one",
    { nodes: [node("Reshape", "X to", "Y")], constants: { to: list(-1, 8) } },
    /cuts the rows into others/,
  ),
  written(
    "rows turned into columns",
    { nodes: [node("Reshape", "X to", "Y")], constants: { to: list(4, -1) } },
    /cuts the rows into others/,
  ),
  written(
    "batch norm in training mode",
    {
      nodes: [node("BatchNormalization", "X g b m v", "Y mo vo", { training_mode: i(1) })],
      constants: { g: weights(4), b: weights(4), m: weights(4), v: { floats: [1, 1, 1, 1] } },
    },
    /training mode/,
  ),
  written(
    "an LSTM that reads the rows as time, as torch's default export of a batch-first model",
    {
      nodes: [node("LSTM", "X W R", "all h", { hidden_size: i(3) }), node("Squeeze", "all ax", "Y")],
      inputs: { X: [1, 4] },
      outputs: { Y: 3 },
      constants: { W: weights(1, 12, 4), R: weights(1, 12, 3), ax: list(1) },
    },
    /goes through the rows as through time/,
  ),
  written(
    "a moving average over the rows by Scan",
    {
      nodes: [
        node("Scan", "s0 X", "s Y", {
          num_scan_inputs: i(1),
          body: {
            g: inner(
              [node("Mul", "s half", "k"), node("Add", "k x", "so"), node("Identity", "so", "yo")],
              { s: 1, x: 1 },
              { so: 1, yo: 1 },
              {},
              { half: scalar(0.5) },
            ),
          },
        }),
      ],
      constants: { s0: weights(4) },
    },
    /carries a state from row to row/,
  ),
  written(
    "a branch by the greatest of all rows",
    {
      nodes: [
        node("ReduceMax", "X", "m", { keepdims: i(0) }),
        node("Greater", "m limit", "over"),
        node("If", "over", "Y", {
          then_branch: { g: inner([node("Neg", "X", "t")], {}, { t: 2 }) },
          else_branch: { g: inner([node("Identity", "X", "e")], {}, { e: 2 }) },
        }),
      ],
      constants: { limit: scalar(1.99) },
    },
    /ReduceMax "m" goes over the rows/,
  ),
  written(
    "an 8-bit scale of the greatest value of all",
    {
      nodes: [node("DynamicQuantizeLinear", "X", "q s z"), node("DequantizeLinear", "q s z", "Y")],
    },
    /one scale from the least and the greatest value of all rows/,
  ),
  written(
    "a constant for each row by its place",
    { nodes: [node("Add", "X c", "Y")], constants: { c: weights(3, 4) } },
    /by its place/,
  ),
  written(
    "numbers drawn at random",
    { nodes: [node("RandomNormalLike", "X", "r"), node("Add", "X r", "Y")] },
    /draws at random/,
  ),
  written(
    "the rows as one sample's features",
    {
      nodes: [
        node("Squeeze", "X ax", "f"),
        node("Normalizer", "f", "Y", { norm: { s: "L2" } }, "ai.onnx.ml"),
      ],
      inputs: { X: [1] },
      constants: { ax: list(1) },
      domains: { "ai.onnx.ml": 1 },
    },
    /for the features of one sample/,
  ),
  written(
    "one answer for all rows",
    { nodes: [node("ReduceSum", "X ax", "Y", { keepdims: i(1) })], constants: { ax: list(0) } },
    /goes over the rows/,
  ),
  written(
    "what is not zero, of all rows",
    { nodes: [node("NonZero", "X", "Y")], type: 7 },
    /lists entries of all rows/,
  ),
  written(
    "rows on another axis than the first",
    { nodes: [node("Transpose", "X", "Y")] },
    /has its rows on axis 1/,
  ),
  written(
    "several entries a row on the first axis",
    { nodes: [node("Reshape", "X to", "Y")], constants: { to: list(-1, 2) } },
    /several entries for each row/,
  ),
  written(
    "an answer that no input is in",
    { nodes: [node("Identity", "c", "Y")], constants: { c: weights(1, 2) } },
    /no row for each row asked/,
  ),
];

export const undecided: readonly GraphCase[] = [
  written(
    "an operator of its own domain",
    { nodes: [node("MagicAlpha", "X", "Y", {}, "com.desk")], domains: { "com.desk": 1 } },
    /MagicAlpha "Y" is an operator of which it is not known/,
  ),
  written(
    "rows numbered by their place",
    {
      nodes: [
        node("Shape", "X", "s"),
        node("Gather", "s zero", "n"),
        node("Range", "zero n one", "r"),
        node("Cast", "r", "f", { to: i(1) }),
        node("Unsqueeze", "f ax", "c"),
        node("Add", "X c", "Y"),
      ],
      constants: { zero: number(0), one: number(1), ax: list(1) },
    },
    /numbers the rows by their place/,
  ),
  written(
    "a shape that is computed from what rows hold",
    {
      nodes: [node("Reshape", "X to", "Y")],
      inputs: { X: [-1] },
      constants: { to: list(-1, 8) },
    },
    /not known that it keeps the rows/,
  ),
];
