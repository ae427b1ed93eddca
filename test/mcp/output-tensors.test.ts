/** What an agent sees of each datatype and shape. */
import { describe, expect, it } from "vitest";
import { shownTensor } from "../../gateway/faces/mcp/output-tensors.js";
import { type Tensor, toWire } from "../../protocol/tensor.js";

const whole = { fromRow: 0, rows: 50, elements: 1_000 };

describe("shownTensor", () => {
  it.each<[string, Tensor, unknown]>([
    ["a number", { datatype: "FP64", shape: [], data: Float64Array.of(1.5) }, 1.5],
    [
      "what JSON has no number for",
      { datatype: "FP64", shape: [3], data: Float64Array.of(NaN, Infinity, -Infinity) },
      ["NaN", "Infinity", "-Infinity"],
    ],
    ["booleans", { datatype: "BOOL", shape: [2], data: Uint8Array.of(0, 1) }, [false, true]],
    [
      "integers beyond 2^53",
      { datatype: "INT64", shape: [2], data: BigInt64Array.of(5n, -9_007_199_254_740_993n) },
      [5, "-9007199254740993"],
    ],
    [
      "halves",
      { datatype: "FP16", shape: [5], data: Uint16Array.of(0x3c00, 0xc000, 0x0001, 0x7c00, 0x7e00) },
      [1, -2, 2 ** -24, "Infinity", "NaN"],
    ],
    ["strings", { datatype: "BYTES", shape: [2, 1], data: ["a", "b"] }, [["a"], ["b"]]],
    [
      "three dimensions",
      { datatype: "INT32", shape: [2, 1, 2], data: Int32Array.of(1, 2, 3, 4) },
      [[[1, 2]], [[3, 4]]],
    ],
    ["nothing", { datatype: "INT32", shape: [0, 3], data: new Int32Array(0) }, []],
    ["empty rows", { datatype: "INT32", shape: [2, 0], data: new Int32Array(0) }, [[], []]],
  ])("shows %s", (_, tensor, data) => {
    const shown = shownTensor(toWire(tensor), whole);
    expect(shown).toEqual({ datatype: tensor.datatype, shape: tensor.shape, data });
  });

  it("says where it is past the end", () => {
    const tensor = toWire({ datatype: "FP32", shape: [2, 1], data: Float32Array.of(1, 2) });
    expect(shownTensor(tensor, { ...whole, fromRow: 9 })).toMatchObject({ data: [], shape: [2, 1] });
  });

  it("leaves what is not finite out of its figures, and counts it", () => {
    const data = Float64Array.of(1, Number.NaN, 3, Number.POSITIVE_INFINITY);
    const shown = shownTensor(toWire({ datatype: "FP64", shape: [4], data }), { ...whole, rows: 1 });
    expect(shown.summary).toEqual({ min: 1, max: 3, mean: 2, not_finite: 2 });
  });
});
