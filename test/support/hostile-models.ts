/** Models that are too slow or too large to run in a process that has other work. */
import { field, message, onnxFile, valueInfo } from "./onnx.js";
import { echoConfig, type ModelFiles } from "./repository.js";

const float = 1;
const int64 = 7;
const boolean = 9;
const graphAttribute = 5;

const X = { name: "X", type: float, shape: [1] };
const Y = { name: "Y", type: float, shape: [1] };

function node(
  op: string,
  inputs: readonly string[],
  outputs: readonly string[],
  ...attributes: Uint8Array[]
) {
  return message(
    ...inputs.map((name) => field(1, name)),
    ...outputs.map((name) => field(2, name)),
    field(4, op),
    ...attributes,
  );
}

function integer(name: string, value: bigint, dims: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(BigInt64Array.of(value).buffer);
  return message(...dims.map((dim) => field(1, dim)), field(2, int64), field(8, name), field(9, bytes));
}

interface Parts {
  readonly nodes: readonly Uint8Array[];
  readonly initializers: readonly Uint8Array[];
}

function file({ nodes, initializers }: Parts, shape: readonly (number | string)[] = [1]): Uint8Array {
  const graph = message(
    ...nodes.map((each) => field(1, each)),
    field(2, "hostile"),
    ...initializers.map((each) => field(5, each)),
    field(11, valueInfo({ ...X, shape })),
    field(12, valueInfo({ ...Y, shape })),
  );
  return message(field(1, 8), field(7, graph), field(8, message(field(1, ""), field(2, 13))));
}

const body = message(
  field(1, node("Identity", ["go"], ["goOn"])),
  field(1, node("Add", ["v", "v"], ["twice"])),
  field(2, "body"),
  ...[
    { name: "i", type: int64, shape: [] },
    { name: "go", type: boolean, shape: [] },
    { name: "v", type: float, shape: [1] },
  ].map((each) => field(11, valueInfo(each))),
  ...[
    { name: "goOn", type: boolean, shape: [] },
    { name: "twice", type: float, shape: [1] },
  ].map((each) => field(12, valueInfo(each))),
);
const bodyAttribute = field(5, message(field(1, "body"), field(20, graphAttribute), field(6, body)));

/** A model that doubles X 2^62 times. */
const endlessModel = file({
  nodes: [node("Loop", ["times", "", "X"], ["Y"], bodyAttribute)],
  initializers: [integer("times", 2n ** 62n, [])],
});

/** A model that expands X to this many floats and adds them up. */
const greedyModel = (floats: bigint) =>
  file({
    nodes: [
      node("Expand", ["X", "size"], ["wide"]),
      node("ReduceSum", ["wide"], ["sum"]),
      node("Reshape", ["sum", "one"], ["Y"]),
    ],
    initializers: [integer("size", floats, [1]), integer("one", 1n, [1])],
  });

const one = (name: string) => [{ name, datatype: "FP32", dims: [1] }];
const zero = { datatype: "FP32", shape: [1], data: [0] };

function filesOf(name: string, model: Uint8Array): ModelFiles {
  return {
    config: { ...echoConfig(name), max_batch_size: 0, input: one("X"), output: one("Y") },
    model,
    golden: { made_by: "hand", inputs: { X: zero }, outputs: { Y: zero } },
  };
}

/** A model whose golden run does not end. */
export const endless = (name: string): ModelFiles => filesOf(name, endlessModel);

/** A model whose golden run allocates this many floats. */
export const greedy = (name: string, floats: number): ModelFiles =>
  filesOf(name, greedyModel(BigInt(floats)));

/** A model that answers Y = X, rows of two, as `echoModel` does, and allocates this many floats for it. */
export const roomy = (floats: number): Uint8Array =>
  file(
    {
      nodes: [
        node("ReduceSum", ["X"], ["total"]),
        node("Sub", ["total", "total"], ["nothing"]),
        node("Expand", ["nothing", "size"], ["wide"]),
        node("ReduceSum", ["wide"], ["sum"]),
        node("Add", ["X", "sum"], ["Y"]),
      ],
      initializers: [integer("size", BigInt(floats), [1])],
    },
    ["batch", 2],
  );

/** A small model whose input is one number, as in the other models here. */
export const modest = (name: string): ModelFiles =>
  filesOf(
    name,
    onnxFile({ inputs: [X], outputs: [Y], nodes: [{ op: "Identity", inputs: ["X"], outputs: ["Y"] }] }),
  );
