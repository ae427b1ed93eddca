import { describe, expect, it } from "vitest";
import { fits } from "../../engines/numerics/index.js";
import type { ParameterSpec, Servable, TensorSpec } from "../../engines/servable.js";
import {
  batchDim,
  requireInferable,
  validateInputs,
  validateOutputs,
  validateParameters,
} from "../../engines/validate.js";
import type { WireTensors } from "../../protocol/frames.js";
import { toWire, type WireTensor } from "../../protocol/tensor.js";
import { model } from "../support/servables.js";

const fp32 = (shape: number[], fill = 1) =>
  toWire({ datatype: "FP32", shape, data: new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(fill) });

function taking(inputs: readonly TensorSpec[], maxBatchSize = 4): Servable {
  const made = model({ maxBatchSize });
  return { ...made, signature: { ...made.signature, inputs } };
}

const spec = (overrides: Partial<TensorSpec>): TensorSpec => ({
  name: "X",
  datatypes: ["FP32"],
  shape: [batchDim, 2],
  description: "",
  ...overrides,
});

const twin = taking([spec({}), spec({ name: "W", shape: [batchDim, "width"], optional: true })]);

describe("inputs", () => {
  it("answer how many rows there are, and with whom they may share a batch", () => {
    expect(validateInputs(twin, { X: fp32([3, 2]) })).toEqual({ rows: 3, bucket: "X:FP32x2;" });
    const wide = validateInputs(twin, { X: fp32([1, 2]), W: fp32([1, 5]) });
    const narrow = validateInputs(twin, { X: fp32([1, 2]), W: fp32([1, 4]) });
    expect(wide.rows).toBe(1);
    expect(new Set([wide.bucket, narrow.bucket, "X:FP32:2;"]).size).toBe(3);
  });

  it("of what takes no batches are one job, whatever their shapes", () => {
    expect(validateInputs(taking([spec({ shape: ["n", "p"] })], 0), { X: fp32([100, 3]) })).toEqual({
      rows: 1,
      bucket: "",
    });
  });

  const wrong: readonly [string, WireTensors, RegExp][] = [
    [
      "an input there is not",
      { X: fp32([1, 2]), Z: fp32([1]) },
      /^inputs\.Z: echo has no such input; it takes X, W$/,
    ],
    ["a missing input", { W: fp32([1, 2]) }, /^inputs\.X: missing; echo takes X, W$/],
    [
      "another datatype",
      { X: { ...fp32([1, 2]), datatype: "INT32" } },
      /^inputs\.X\.datatype: must be FP32, got INT32$/,
    ],
    ["another width", { X: fp32([1, 3]) }, /^inputs\.X\.shape: must be \[batch=1, 2\], got \[1, 3\]$/],
    ["another rank", { X: fp32([2]) }, /^inputs\.X\.shape: must be \[batch, 2\], got \[2\]$/],
    ["no rows", { X: fp32([0, 2]) }, /^inputs\.X\.shape: /],
    [
      "rows that disagree",
      { X: fp32([2, 2]), W: fp32([3, 1]) },
      /^inputs\.W\.shape: must be \[batch=2, width\], got \[3, 1\]$/,
    ],
    ["too many rows", { X: fp32([5, 2]) }, /^inputs: 5 rows in one request, echo takes at most 4/],
    [
      "a NaN",
      { X: toWire({ datatype: "FP32", shape: [2, 2], data: Float32Array.of(1, 2, 3, Number.NaN) }) },
      /^inputs\.X: NaN or infinity in column 1, row 1 of 2$/,
    ],
    [
      "an infinity",
      { X: fp32([1, 2], Number.NEGATIVE_INFINITY) },
      /^inputs\.X: NaN or infinity in column 0, row 0 of 1$/,
    ],
  ];

  it.each(wrong)("with %s are refused by the field", (_, inputs, message) => {
    expect(() => validateInputs(twin, inputs)).toThrow(
      expect.objectContaining({ code: "invalid_argument", message: expect.stringMatching(message) }),
    );
  });

  it.each<[string, WireTensor]>([
    [
      "FP64",
      toWire({ datatype: "FP64", shape: [3], data: Float64Array.of(1, 1e308, Number.POSITIVE_INFINITY) }),
    ],
    ["FP32", toWire({ datatype: "FP32", shape: [3], data: Float32Array.of(1, 3e38, Number.NaN) })],
    ["FP16", toWire({ datatype: "FP16", shape: [3], data: Uint16Array.of(0x3c00, 0x7bff, 0x7c00) })],
  ])("find the one number in %s that is none, and not the largest that is", (datatype, X) => {
    const servable = taking([spec({ datatypes: [X.datatype], shape: ["n"] })], 0);
    expect(() => validateInputs(servable, { X })).toThrow(/^inputs\.X: NaN or infinity at element 2$/);
    expect(datatype).toBe(X.datatype);
  });

  it("may hold NaN where the signature allows it", () => {
    const servable = taking([spec({ allowNonFinite: true })]);
    expect(validateInputs(servable, { X: fp32([1, 2], Number.NaN) }).rows).toBe(1);
  });

  it("may have one of several shapes, in the sizes that those before it have", () => {
    const means = spec({ name: "means", shape: ["k", "p"], optional: true });
    const factors = spec({ name: "factors", shape: ["k", "p", "p"], otherShapes: [["p", "p"], ["k"]] });
    const servable = taking([means, factors, spec({ shape: ["n", "p"] })], 0);
    const X = fp32([9, 2]);
    for (const shape of [[3, 2, 2], [2, 2], [3]])
      expect(validateInputs(servable, { means: fp32([3, 2]), factors: fp32(shape), X }).rows).toBe(1);
    // A shape that only began to fit leaves no size behind: p is that of [p, p].
    expect(validateInputs(servable, { factors: fp32([2, 2]), X }).rows).toBe(1);
    for (const shape of [[3, 3], [2], [3, 2], [3, 3, 3], []])
      expect(() => validateInputs(servable, { means: fp32([3, 2]), factors: fp32(shape), X })).toThrow(
        `inputs.factors.shape: must be [k=3, p=2, p=2] or [p=2, p=2] or [k=3], got [${shape.join(", ")}]`,
      );
  });

  it("are not taken from Object.prototype", () => {
    const servable = taking([spec({ name: "constructor" })]);
    expect(() => validateInputs(servable, {})).toThrow(/^inputs\.constructor: missing/);
  });
});

describe("parameters", () => {
  const specs: readonly ParameterSpec[] = [
    { name: "count", description: "", default: 8, anyOf: [{ type: "integer", minimum: 1, maximum: 9 }] },
    {
      name: "tol",
      description: "",
      default: null,
      anyOf: [{ type: "number", exclusiveMinimum: 0, exclusiveMaximum: 1 }, { type: "null" }],
    },
    { name: "how", description: "", default: "auto", anyOf: [{ type: "string", values: ["auto", "full"] }] },
    { name: "copy", description: "", default: true, anyOf: [{ type: "boolean" }] },
  ];
  const validate = (given?: Record<string, string | number | boolean | null>) =>
    validateParameters("pca", specs, given);

  it("take defaults where absent, in the order of the specification", () => {
    expect(Object.entries(validate({ copy: false, count: 3 }))).toEqual([
      ["count", 3],
      ["tol", null],
      ["how", "auto"],
      ["copy", false],
    ]);
    expect(validate()).toEqual(validate({}));
    expect(validate({ tol: null })["tol"]).toBeNull();
  });

  it.each<[Record<string, string | number | boolean | null>, RegExp]>([
    [{ counts: 1 }, /^parameters\.counts: pca has no such parameter; it takes count, tol, how, copy$/],
    [{ count: 0 }, /^parameters\.count: must be an integer at least 1 at most 9; got 0$/],
    [{ count: 10 }, /^parameters\.count: /],
    [{ count: 1.5 }, /^parameters\.count: /],
    [{ count: "1" }, /^parameters\.count: .*got "1"$/],
    [{ count: null }, /^parameters\.count: .*got null$/],
    [{ tol: 0 }, /^parameters\.tol: must be a number above 0 below 1, or null; got 0$/],
    [{ tol: 1 }, /^parameters\.tol: /],
    [{ tol: Number.NaN }, /^parameters\.tol: /],
    [{ tol: Number.POSITIVE_INFINITY }, /^parameters\.tol: /],
    [{ how: "half" }, /^parameters\.how: must be one of "auto", "full"; got "half"$/],
    [{ copy: 1 }, /^parameters\.copy: must be true or false; got 1$/],
  ])("refuse %j by name, with what was given and what is allowed", (given, message) => {
    expect(() => validate(given)).toThrow(
      expect.objectContaining({ code: "invalid_argument", message: expect.stringMatching(message) }),
    );
  });

  it("of every fit have a default that is allowed", () => {
    for (const { signature } of fits)
      for (const each of signature.parameters)
        if (each.default !== null || each.anyOf.some(({ type }) => type === "null"))
          expect(
            validateParameters(signature.name, signature.parameters, { [each.name]: each.default }),
          ).toEqual(validateParameters(signature.name, signature.parameters, {}));
  });
});

it("outputs that are asked for must be there", () => {
  expect(() => validateOutputs(model(), ["Y"])).not.toThrow();
  expect(() => validateOutputs(model(), undefined)).not.toThrow();
  expect(() => validateOutputs(model(), ["Y", "Z"])).toThrow(/^outputs: echo has no output "Z"; it has Y$/);
});

it("a detector is not asked, it is opened", () => {
  const made = model();
  const detector: Servable = { ...made, signature: { ...made.signature, kind: "detector" } };
  expect(() => requireInferable(detector)).toThrow(expect.objectContaining({ code: "failed_precondition" }));
  expect(() => requireInferable(made)).not.toThrow();
});
