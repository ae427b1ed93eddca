// The models of Triton's examples, made by hand: sums and differences of integers, the same of strings, and strings
// that are answered as they come. `half` answers 16-bit numbers.

import { onnxFile } from "../support/onnx.js";

interface ExampleModel {
  readonly config: object;
  readonly model: Uint8Array;
  readonly golden: object;
}

/** ONNX's number of an element type, and Open Inference's name of it. */
const int32 = [6, "INT32"] as const;
const string = [8, "BYTES"] as const;
const float16 = [10, "FP16"] as const;

type ElementType = readonly [number, string];

function example(
  name: string,
  [type, datatype]: ElementType,
  width: number,
  inputs: readonly string[],
  outputs: readonly string[],
  nodes: Parameters<typeof onnxFile>[0]["nodes"],
  golden: object,
): ExampleModel {
  const info = (each: string) => ({ name: each, type, shape: ["batch", width === -1 ? "width" : width] });
  const tensor = (each: string) => ({ name: each, datatype, dims: [width] });
  return {
    config: {
      name,
      platform: "onnxruntime_onnx",
      max_batch_size: 8,
      input: inputs.map(tensor),
      output: outputs.map(tensor),
    },
    model: onnxFile({ inputs: inputs.map(info), outputs: outputs.map(info), nodes }),
    golden: { made_by: "hand", ...golden },
  };
}

const ascending = Array.from({ length: 16 }, (_, i) => i);
const wide = (datatype: string, data: readonly (number | string)[]) => ({ datatype, shape: [1, 16], data });
const texts = (values: readonly number[]) => values.map(String);
const sum = ascending.map((i) => i + 1);
const difference = ascending.map((i) => i - 1);
const pair = ["INPUT0", "INPUT1"];
const results = ["OUTPUT0", "OUTPUT1"];

const toInteger = (input: string) => ({
  op: "Cast",
  inputs: [input],
  outputs: [`${input}_number`],
  attributes: { to: { i: int32[0] } },
});
const toText = (output: string) => ({
  op: "Cast",
  inputs: [`${output}_number`],
  outputs: [output],
  attributes: { to: { i: string[0] } },
});

export const exampleModels: Readonly<Record<string, ExampleModel>> = {
  simple: example(
    "simple",
    int32,
    16,
    pair,
    results,
    [
      { op: "Add", inputs: pair, outputs: ["OUTPUT0"] },
      { op: "Sub", inputs: pair, outputs: ["OUTPUT1"] },
    ],
    {
      inputs: { INPUT0: wide("INT32", ascending), INPUT1: wide("INT32", Array(16).fill(1)) },
      outputs: { OUTPUT0: wide("INT32", sum), OUTPUT1: wide("INT32", difference) },
    },
  ),
  simple_string: example(
    "simple_string",
    string,
    16,
    pair,
    results,
    [
      ...pair.map(toInteger),
      { op: "Add", inputs: ["INPUT0_number", "INPUT1_number"], outputs: ["OUTPUT0_number"] },
      { op: "Sub", inputs: ["INPUT0_number", "INPUT1_number"], outputs: ["OUTPUT1_number"] },
      ...results.map(toText),
    ],
    {
      inputs: { INPUT0: wide("BYTES", texts(ascending)), INPUT1: wide("BYTES", Array(16).fill("1")) },
      outputs: { OUTPUT0: wide("BYTES", texts(sum)), OUTPUT1: wide("BYTES", texts(difference)) },
    },
  ),
  simple_identity: example(
    "simple_identity",
    string,
    -1,
    ["INPUT0"],
    ["OUTPUT0"],
    [{ op: "Identity", inputs: ["INPUT0"], outputs: ["OUTPUT0"] }],
    {
      inputs: { INPUT0: { datatype: "BYTES", shape: [1, 2], data: ["a", "b"] } },
      outputs: { OUTPUT0: { datatype: "BYTES", shape: [1, 2], data: ["a", "b"] } },
    },
  ),
  half: example("half", float16, 3, ["X"], ["Y"], [{ op: "Identity", inputs: ["X"], outputs: ["Y"] }], {
    inputs: { X: { datatype: "FP16", shape: [1, 3], data: [1, 2, 3] } },
    outputs: { Y: { datatype: "FP16", shape: [1, 3], data: [1, 2, 3] } },
  }),
};
