import { describe, expect, test } from "vitest";
import { halfBits } from "../../page/console/cell-values.js";
import type { TensorSignature } from "../../page/console/servable-choices.js";
import { fieldElementsMax, fieldTextMax, readTensor } from "../../page/console/tensor-text.js";
import type { Datatype } from "../../protocol/tensor.js";

const input = (
  shape: TensorSignature["shape"],
  others?: TensorSignature["other_shapes"],
): TensorSignature => ({
  name: "X",
  datatypes: ["FP64"],
  shape,
  ...(others !== undefined && { other_shapes: others }),
  optional: false,
  description: "",
});

function read(text: string, shape: TensorSignature["shape"], datatype: Datatype = "FP64"): unknown {
  const reading = readTensor(text, input(shape), datatype);
  if ("problem" in reading) return reading.problem;
  return [reading.tensor.shape, [...reading.tensor.data]];
}

describe("rows of cells", () => {
  test.each([
    [
      "1,2\n3,4",
      [
        [2, 2],
        [1, 2, 3, 4],
      ],
    ],
    [
      "1;2\r\n3;4\r\n",
      [
        [2, 2],
        [1, 2, 3, 4],
      ],
    ],
    [
      "1\t2\n3\t4",
      [
        [2, 2],
        [1, 2, 3, 4],
      ],
    ],
    [
      " 1   2 \n 3  4",
      [
        [2, 2],
        [1, 2, 3, 4],
      ],
    ],
    [
      "open,close\n1,2\n3,4",
      [
        [2, 2],
        [1, 2, 3, 4],
      ],
    ],
    [
      "-1e-3, nan\ninf, +2.",
      [
        [2, 2],
        [-0.001, Number.NaN, Infinity, 2],
      ],
    ],
  ])("%j is a matrix", (text, expected) => {
    expect(read(text, ["n", "p"])).toEqual(expected);
  });

  test("are a list where one dimension is wanted, written down or across", () => {
    expect(read("1\n2\n3", ["p"])).toEqual([[3], [1, 2, 3]]);
    expect(read("1, 2, 3", ["p"])).toEqual([[3], [1, 2, 3]]);
    expect(read("7", [])).toEqual([[], [7]]);
  });

  test("are folded into sizes that are fixed", () => {
    expect(read("1,2\n3,4\n5,6\n7,8", ["batch", 2, 2])).toEqual([
      [2, 2, 2],
      [1, 2, 3, 4, 5, 6, 7, 8],
    ]);
  });

  test("are not folded where a row has another width than the input", () => {
    expect(read("1,2,3,4\n5,6,7,8", ["batch", 2])).toBe(
      "The values have the shape [2, 4]; it must be [batch, 2].",
    );
    expect(read("1,2,3,4", ["batch", 2])).toBe("The values have the shape [1, 4]; it must be [batch, 2].");
  });

  test.each([
    ["1,2\n3", "Line 2 has 1 values, the first row has 2."],
    ["a,b\n1,2\n3", "Line 3 has 1 values, the first row has 2."],
    ["1,2\n3,x", 'Line 2, column 2: "x" is not a number.'],
    ["a,b\n1,2\n3,x", 'Line 3, column 2: "x" is not a number.'],
    ["1,2\n3,", "Line 2, column 2: an empty cell is not a number."],
    ["  \n ", "There are no values."],
  ])("%j is refused with the place", (text, problem) => {
    expect(read(text, ["n", "p"])).toBe(problem);
  });
});

describe("nested JSON", () => {
  test("keeps its own shape", () => {
    expect(read("[[1,2],[3,4]]", ["n", "p"])).toEqual([
      [2, 2],
      [1, 2, 3, 4],
    ]);
    expect(read("[[[1],[2]]]", ["batch", 2, 1])).toEqual([
      [1, 2, 1],
      [1, 2],
    ]);
    expect(read("[]", ["p"])).toEqual([[0], []]);
  });

  test("takes what numpy and Python write, and null as a missing number", () => {
    expect(read("[NaN, null, -Infinity, 1.5e3]", ["p"])).toEqual([
      [4],
      [Number.NaN, Number.NaN, -Infinity, 1500],
    ]);
  });

  test("keeps all digits of 64-bit integers", () => {
    expect(read("[9223372036854775807, -9223372036854775808]", ["n"], "INT64")).toEqual([
      [2],
      [9223372036854775807n, -9223372036854775808n],
    ]);
    expect(read("[18446744073709551615]", ["n"], "UINT64")).toEqual([[1], [18446744073709551615n]]);
  });

  test.each([
    ["[[1,2],[3]]", "Value [1] has 1 values, others beside it have 2."],
    ["[[1,2],3]", "Value [1] is nested less deeply than the first value."],
    ["[1,[2]]", "Value [1] is nested deeper than the first value."],
    ['[{"a":1}]', "Value [0] is a map; tensors are arrays."],
    ['[1,"x"]', 'Value [1]: "x" is not a number.'],
    ["[1,2]", "The values have the shape [2]; it must be [n, p]."],
    ["[[[[[[[[[1]]]]]]]]]", "Arrays may be nested 8 deep."],
  ])("%s is refused with the place", (text, problem) => {
    expect(
      read(
        text,
        text.startsWith("[[[[") || text === "[1,2]" ? ["n", "p"] : text.startsWith("[[") ? ["n", "p"] : ["p"],
      ),
    ).toBe(problem);
  });

  test("of a broken text says so", () => {
    expect(read("[1, 2", ["p"])).toMatch(/^This is not JSON: /);
  });

  test("nested a hundred thousand deep is refused and not followed", () => {
    expect(read("[".repeat(100_000) + "]".repeat(100_000), ["p"])).toMatch(/nested 8 deep|not JSON/);
  });
});

describe("datatypes", () => {
  test.each<[Datatype, string, string]>([
    ["INT8", "128", 'Line 1, column 1: "128" is outside of INT8, which holds -128 to 127.'],
    ["UINT8", "-1", 'Line 1, column 1: "-1" is outside of UINT8, which holds 0 to 255.'],
    ["INT32", "1.5", 'Line 1, column 1: "1.5" is not a whole number.'],
    [
      "INT64",
      "9223372036854775808",
      'Line 1, column 1: "9223372036854775808" is outside of INT64, which holds -9223372036854775808 to 9223372036854775807.',
    ],
    ["BOOL", "2", 'Line 1, column 1: "2" is neither true nor false.'],
  ])("%s refuses %s", (datatype, text, problem) => {
    expect(read(text, [], datatype)).toBe(problem);
  });

  test("strings are a line each, with their commas, or JSON", () => {
    expect(read("up, and away\ndown", ["batch"], "BYTES")).toEqual([[2], ["up, and away", "down"]]);
    expect(read('["a\\nb", "[c]"]', ["batch"], "BYTES")).toEqual([[2], ["a\nb", "[c]"]]);
  });

  test("booleans and whole numbers written as decimals", () => {
    expect(read("true,0", ["p"], "BOOL")).toEqual([[2], [1, 0]]);
    expect(read("3.0", [], "INT32")).toEqual([[], [3]]);
  });

  // The bits are numpy's: np.array([...], np.float16).view(np.uint16).
  test.each([
    [0, 0x0000],
    [-0, 0x8000],
    [1, 0x3c00],
    [-2, 0xc000],
    [65504, 0x7bff],
    [65519.99, 0x7bff],
    [65520, 0x7c00],
    [0.1, 0x2e66],
    [1 / 3, 0x3555],
    [2049, 0x6800],
    [2051, 0x6802],
    [6.103515625e-5, 0x0400],
    [6.0e-8, 0x0001],
    [6.09755516e-5, 0x03ff],
    [1e-9, 0x0000],
    [4095.9, 0x6c00],
    [Infinity, 0x7c00],
    [-Infinity, 0xfc00],
    [Number.NaN, 0x7e00],
  ])("%f in half precision has numpy's bits", (value, bits) => {
    expect(halfBits(value)).toBe(bits);
  });
});

describe("limits", () => {
  test("a text that is too long, and too many values, are refused with the numbers", () => {
    expect(read("1".repeat(fieldTextMax + 1), ["p"])).toBe(
      `The text has ${fieldTextMax + 1} characters; a field takes ${fieldTextMax}.`,
    );
    expect(read(`${"1,".repeat(fieldElementsMax)}1`, ["p"])).toBe(
      `There are ${fieldElementsMax + 1} values; a field takes ${fieldElementsMax}.`,
    );
  });
});

test("a second shape is taken where the signature has one", () => {
  const covars = input(["k", "p", "p"], [["k", "p"]]);
  expect(readTensor("1,2\n3,4", covars, "FP64")).toMatchObject({ tensor: { shape: [2, 2] } });
  expect(readTensor("1", input([3], [[4]]), "FP64")).toEqual({
    problem: "The values have the shape [1, 1]; it must be [3] or [4].",
  });
});
