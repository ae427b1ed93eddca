import { describe, expect, it } from "vitest";
import { tensor } from "../../client/typescript/tensor.js";

describe("tensor", () => {
  it("of nested arrays has their shape", () => {
    expect(tensor([[0.5, 2.5]])).toEqual({
      datatype: "FP32",
      shape: [1, 2],
      data: Float32Array.of(0.5, 2.5),
    });
    expect(
      tensor([
        [[1], [2]],
        [[3], [4]],
        [[5], [6]],
      ]).shape,
    ).toEqual([3, 2, 1]);
    expect(tensor(7)).toEqual({ datatype: "FP32", shape: [], data: Float32Array.of(7) });
    expect(tensor([])).toEqual({ datatype: "FP32", shape: [0], data: new Float32Array() });
    expect(tensor([[], []]).shape).toEqual([2, 0]);
  });

  it("guesses a datatype from the first element", () => {
    expect(tensor(["a", "b"])).toEqual({ datatype: "BYTES", shape: [2], data: ["a", "b"] });
    expect(tensor([true, false])).toEqual({ datatype: "BOOL", shape: [2], data: Uint8Array.of(1, 0) });
    expect(tensor([1n, -2n])).toEqual({ datatype: "INT64", shape: [2], data: BigInt64Array.of(1n, -2n) });
  });

  it.each([
    ["FP64", Float64Array.of(1, 2)],
    ["INT32", Int32Array.of(1, 2)],
    ["INT16", Int16Array.of(1, 2)],
    ["INT8", Int8Array.of(1, 2)],
    ["UINT8", Uint8Array.of(1, 2)],
    ["UINT16", Uint16Array.of(1, 2)],
    ["UINT32", Uint32Array.of(1, 2)],
    ["INT64", BigInt64Array.of(1n, 2n)],
    ["UINT64", BigUint64Array.of(1n, 2n)],
  ] as const)("makes %s when asked, and knows its typed array", (datatype, data) => {
    expect(tensor([1, 2], datatype)).toEqual({ datatype, shape: [2], data });
    expect(tensor(data)).toEqual({ datatype, shape: [2], data });
  });

  it("of a typed array copies nothing, and may have another shape and datatype", () => {
    const data = Float32Array.of(1, 2, 3, 4);
    expect(tensor(data, [2, 2]).data).toBe(data);
    expect(tensor(data, [2, 2]).shape).toEqual([2, 2]);
    expect(tensor(Uint16Array.of(0x3e00), [1], "FP16")).toMatchObject({ datatype: "FP16", shape: [1] });
  });

  it.each([
    ["rows of other lengths", () => tensor([[1, 2], [3]]), /rows differ in length: 1 beside 2/],
    ["rows of other depths", () => tensor([[1], 2]), /rows differ/],
    ["a number beside rows", () => tensor([1, [2]]), /rows differ/],
    ["a string among numbers", () => tensor([1, "2"]), /strings are BYTES, not FP32/],
    ["FP16 of numbers", () => tensor([1], "FP16"), /raw bits/],
    ["a shape of other size", () => tensor(Float32Array.of(1, 2), [3]), /holds 3 elements, the array has 2/],
  ])("refuses %s", (_, make, problem) => {
    expect(make).toThrow(expect.objectContaining({ code: "invalid_argument" }));
    expect(make).toThrow(problem);
  });
});
