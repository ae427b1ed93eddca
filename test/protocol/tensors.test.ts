/** Tensors of every datatype, through both forms, and how each wrong one is refused. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { HeadgateError } from "../../protocol/errors.js";
import { limits } from "../../protocol/limits.js";
import { listNumbers, packNumbers } from "../../protocol/number-list.js";
import { parseTensor, type WireForm } from "../../protocol/parse-tensor.js";
import {
  type Datatype,
  datatypeBytes,
  elementCount,
  fromWire,
  type Tensor,
  toWire,
  type WireTensor,
} from "../../protocol/tensor.js";
import { datatypes, tensorOf } from "./any-frame.js";
import { check, hex, thrown } from "./check.js";

type Numeric = Exclude<Datatype, "BYTES">;
const numeric = datatypes.filter((datatype): datatype is Numeric => datatype !== "BYTES");

function listed(tensor: WireTensor): unknown {
  return JSON.parse(JSON.stringify({ ...tensor, data: listNumbers(tensor) }));
}

function problem(value: unknown, form: WireForm = "binary"): string {
  const error = thrown(() => parseTensor(value, "t", form)) as HeadgateError;
  expect(error).toMatchObject({ name: "HeadgateError", code: "invalid_argument" });
  return error.message;
}

describe.each(datatypes)("%s", (datatype) => {
  it("is the same after the binary form, and after the JSON form", () => {
    check(
      fc.property(tensorOf(datatype), (tensor) => {
        expect(parseTensor(tensor, "t", "binary")).toEqual(tensor);
        expect(parseTensor(listed(tensor), "t", "json")).toEqual(tensor);
      }),
    );
  });

  it("is the same as a typed array, wherever its bytes begin", () => {
    check(
      fc.property(tensorOf(datatype), fc.nat(8), (tensor, before) => {
        const { data } = tensor;
        if (!(data instanceof Uint8Array)) {
          expect(fromWire(tensor)).toEqual(tensor);
          return;
        }
        const around = new Uint8Array(before + data.length);
        around.set(data, before);
        const moved = { ...tensor, data: around.subarray(before) };
        const view = fromWire(moved);
        expect(view.data).toHaveLength(elementCount(tensor.shape));
        expect(toWire(view)).toEqual(tensor);
      }),
    );
  });
});

// The widest values of each datatype, by hand: what they are in JSON, and in bytes.
const known: readonly [Numeric, readonly unknown[], string][] = [
  ["BOOL", [false, true], "00 01"],
  ["UINT8", [0, 255], "00 ff"],
  ["UINT16", [0, 65535, 258], "0000 ffff 0201"],
  ["UINT32", [0, 4294967295], "00000000 ffffffff"],
  ["UINT64", [0, 9007199254740991, "9007199254740993"], `${"00".repeat(8)}ffffffffffff1f000100000000002000`],
  ["UINT64", ["18446744073709551615"], "ff".repeat(8)],
  ["INT8", [-128, 127, -1], "80 7f ff"],
  ["INT16", [-32768, 32767], "0080 ff7f"],
  ["INT32", [-2147483648, 2147483647], "00000080 ffffff7f"],
  ["INT64", ["-9223372036854775808", "9223372036854775807"], "0000000000000080 ffffffffffffff7f"],
  ["INT64", [-1, -9007199254740991], `${"ff".repeat(8)}010000000000e0ff`],
  ["FP16", [0, 15872, 65535], "0000 003e ffff"],
  ["FP32", [1.5, "NaN", "Infinity", "-Infinity"], "0000c03f 0000c07f 0000807f 000080ff"],
  ["FP64", [-2, "NaN", "-Infinity"], "00000000000000c0 000000000000f87f 000000000000f0ff"],
];

describe("known elements", () => {
  it.each(known)("of %s: %j", (datatype, list, bytes) => {
    const data = hex(bytes);
    expect(packNumbers(datatype, list, list.length, "t")).toEqual(data);
    expect(listNumbers({ datatype, shape: [list.length], data })).toEqual(list);
  });

  it("an integer may be a string within 2^53, too", () => {
    expect(packNumbers("INT64", ["-0", "7"], 2, "t")).toEqual(hex(`${"00".repeat(8)} 07${"00".repeat(7)}`));
  });

  it("a number beyond FP32 is an infinity, and one between two is rounded", () => {
    expect(packNumbers("FP32", [1e39, 0.1], 2, "t")).toEqual(hex("0000807f cdcccc3d"));
  });
});

const refusedInJson: readonly [Numeric, unknown][] = [
  ["BOOL", 1],
  ["BOOL", "true"],
  ["UINT8", 256],
  ["UINT8", -1],
  ["UINT8", 1.5],
  ["UINT8", "1"],
  ["UINT16", 65536],
  ["UINT32", 4294967296],
  ["UINT64", -1],
  ["UINT64", "-1"],
  ["UINT64", "18446744073709551616"],
  ["UINT64", 2 ** 53],
  ["UINT64", "9".repeat(21)],
  ["INT8", 128],
  ["INT16", -32769],
  ["INT32", 2147483648],
  ["INT64", "9223372036854775808"],
  ["INT64", -(2 ** 53)],
  ["INT64", 0.5],
  ["INT64", "0x10"],
  ["INT64", "1e3"],
  ["INT64", ""],
  ["INT64", "NaN"],
  ["FP16", 65536],
  ["FP16", 0.5],
  ["FP16", "NaN"],
  ["FP32", "nan"],
  ["FP32", "1.5"],
  ["FP32", null],
  ["FP32", "constructor"],
  ["FP64", "+Infinity"],
  ["FP64", "__proto__"],
  ["FP64", true],
  ["FP64", [1]],
];

describe("refused in the JSON form", () => {
  it.each(refusedInJson)("%s element %j", (datatype, element) => {
    const good = datatype === "BOOL" ? true : 1;
    expect(problem({ datatype, shape: [2], data: [good, element] }, "json")).toMatch(
      /^t\.data\[1\]: must be /,
    );
  });

  it.each(numeric)("%s with too few, too many or nested elements, or none", (datatype) => {
    for (const data of [[], [1], [1, 1, 1], [[1, 1]], "11", { 0: 1, 1: 1, length: 2 }, undefined])
      expect(problem({ datatype, shape: [2], data }, "json")).toMatch(/^t\.data: must be a flat array of 2/);
  });
});

describe("refused in the binary form", () => {
  it.each(numeric)("%s with a byte too few or too many, and an array", (datatype) => {
    const size = datatypeBytes[datatype];
    for (const data of [new Uint8Array(2 * size - 1), new Uint8Array(2 * size + 1)])
      expect(problem({ datatype, shape: [2], data })).toMatch(
        new RegExp(`^t\\.data: must be ${2 * size} bytes \\(2 elements of ${size}\\), got ${data.length}`),
      );
    expect(problem({ datatype, shape: [2], data: [1, 1] })).toMatch(/^t\.data: must be a bin of/);
  });

  it("a BOOL that is neither 0 nor 1", () => {
    expect(problem({ datatype: "BOOL", shape: [3], data: Uint8Array.of(1, 0, 2) })).toMatch(
      /^t\.data: element 2 must be 0 or 1, got 2/,
    );
  });
});

describe.each(["binary", "json"] as const)("refused in the %s form", (form) => {
  const FP32 = { datatype: "FP32", shape: [0], data: form === "json" ? [] : new Uint8Array(0) };

  it("what is no map", () => {
    for (const value of [null, 5, [], new Uint8Array(4), undefined])
      expect(problem(value, form)).toMatch(/^t: must be a tensor/);
  });

  it("a datatype that is none", () => {
    for (const datatype of [undefined, "fp32", "FLOAT", "constructor", "__proto__", 5])
      expect(problem({ ...FP32, datatype }, form)).toMatch(/^t\.datatype: /);
  });

  it("a shape that is none", () => {
    const beyond = limits.tensor_elements_max + 1;
    for (const shape of [
      undefined,
      1,
      [-1],
      [1.5],
      ["1"],
      [null],
      [Number.NaN],
      [2n],
      Array(9).fill(0),
      [beyond],
    ])
      expect(problem({ ...FP32, shape }, form)).toMatch(/^t\.shape: /);
  });

  it("a shape that holds too much, though its data be empty", () => {
    expect(problem({ ...FP32, shape: [4096, 4097] }, form)).toMatch(/^t\.shape: .* holds 16781312 elements/);
    expect(problem({ ...FP32, shape: Array(8).fill(limits.tensor_elements_max) }, form)).toMatch(
      /^t\.shape: /,
    );
    expect(problem({ ...FP32, shape: [1e308, 1e308, 0] }, form)).toMatch(/^t\.shape: sizes must be/);
    expect(problem({ ...FP32, shape: [1e15, 0] }, form)).toMatch(/^t\.shape: sizes must be/);
  });

  it("BYTES that are not as many strings as the shape holds", () => {
    const BYTES = { datatype: "BYTES", shape: [2] };
    for (const data of [undefined, "ab", ["a"], ["a", "b", "c"], new Uint8Array(2)])
      expect(problem({ ...BYTES, data }, form)).toMatch(/^t\.data: must be an array of 2 strings/);
    expect(problem({ ...BYTES, data: ["a", 5] }, form)).toMatch(/^t\.data: element 1 must be a string/);
  });
});

describe("shapes", () => {
  it("[] is one element, a size of 0 none, and eight dimensions are taken", () => {
    expect(elementCount([])).toBe(1);
    expect(elementCount([5, 0, 7])).toBe(0);
    const scalar = { datatype: "FP64", shape: [], data: [0.5] };
    expect(parseTensor(scalar, "t", "json").data).toHaveLength(8);
    const deep = { datatype: "INT8", shape: [1, 1, 1, 2, 1, 1, 1, 1], data: new Uint8Array(2) };
    expect(parseTensor(deep, "t", "binary")).toEqual(deep);
    const empty = { datatype: "FP64", shape: [limits.tensor_elements_max, 0], data: new Uint8Array(0) };
    expect(parseTensor(empty, "t", "binary")).toEqual(empty);
  });

  it("a typed array is a view where its bytes are aligned, and a copy where not", () => {
    const bytes = new Uint8Array(24);
    const tensor = (data: Uint8Array): Tensor => fromWire({ datatype: "FP64", shape: [2], data });
    expect((tensor(bytes.subarray(8)).data as Float64Array).buffer).toBe(bytes.buffer);
    expect((tensor(bytes.subarray(4, 20)).data as Float64Array).buffer).not.toBe(bytes.buffer);
  });
});
