import { describe, expect, test } from "vitest";
import type { Described } from "../../client/typescript/description.js";
import type { ParameterDescription } from "../../client/typescript/parameters-schema.js";
import { fieldErrorOf } from "../../page/console/field-errors.js";
import { parameterField, readParameter } from "../../page/console/parameter-fields.js";
import { historyMax, historyTextMax, withRequest } from "../../page/console/request-history.js";
import { servableChoices, shapeText } from "../../page/console/servable-choices.js";

const components: ParameterDescription = {
  name: "n_components",
  description: "How many components to keep.",
  default: null,
  any_of: [
    { type: "null" },
    { type: "integer", minimum: 0 },
    { type: "number", exclusive_minimum: 0, exclusive_maximum: 1 },
    { type: "string", values: ["mle"] },
  ],
};
const updates: ParameterDescription = {
  name: "params",
  default: "stmc",
  any_of: [{ type: "string", values: ["stmc", "st", ""] }],
};
const whiten: ParameterDescription = { name: "whiten", default: false, any_of: [{ type: "boolean" }] };
const handle: ParameterDescription = {
  name: "handle",
  default: null,
  any_of: [{ type: "text", length_max: 5 }, { type: "null" }],
};

describe("a parameter's field", () => {
  test("of a closed list offers the values, the empty string among them", () => {
    expect(parameterField(updates)).toMatchObject({ choices: ["stmc", "st", '""'], fallback: "stmc" });
    expect(readParameter('""', updates)).toEqual({ value: "" });
    expect(parameterField(whiten)).toMatchObject({ choices: ["true", "false"], fallback: "false" });
  });

  test("of a mixed parameter is typed into, and says what is allowed", () => {
    expect(parameterField(components)).toMatchObject({
      choices: undefined,
      inputMode: "text",
      allowed: "null, or a whole number of at least 0, or a number above 0 and below 1, or mle",
    });
  });

  test("of a number asks a phone for digits", () => {
    const number = (type: "integer" | "number") =>
      parameterField({ name: "n", any_of: [{ type, minimum: 1, maximum: 9 }, { type: "null" }] });
    expect(number("integer")).toMatchObject({
      inputMode: "numeric",
      allowed: "a whole number from 1 to 9, or null",
    });
    expect(number("number").inputMode).toBe("decimal");
  });

  test.each([
    ["", undefined],
    ["  ", undefined],
    ["null", null],
    ["3", 3],
    ["0.25", 0.25],
    ["2.5e-1", 0.25],
    ["mle", "mle"],
  ])("reads %j as %j", (text, value) => {
    expect(readParameter(text, components)).toEqual({ value });
  });

  test.each(["1.5", "-1", "MLE", "0x10", "Infinity", "1,5", "true"])(
    "refuses %j, and says what is allowed",
    (text) => {
      expect(readParameter(text, components)).toEqual({
        problem: "It must be null, or a whole number of at least 0, or a number above 0 and below 1, or mle.",
      });
    },
  );

  test("keeps text as it was typed, up to its length", () => {
    expect(readParameter(" a b ", handle)).toEqual({ value: " a b " });
    expect(readParameter("null", handle)).toEqual({ value: null });
    expect(readParameter("abcdef", handle)).toEqual({
      problem: "It must be text of at most 5 characters, or null.",
    });
  });
});

describe("the choices", () => {
  const entry = (name: string, rest: Partial<Described>): Described => ({ name, version: "1", ...rest });
  const inputs = [{ name: "X", datatypes: ["FP32"], shape: ["batch", 16], optional: false, description: "" }];

  test("are grouped and sorted; versions are told apart only where there are several", () => {
    const choices = servableChoices({
      models: [
        entry("pca.apply", { kind: "fit", inputs }),
        entry("pca", { kind: "fit", inputs }),
        entry("b", { kind: "model", inputs, version: "2" }),
        entry("b", { kind: "model", inputs, version: "1", state: "loading" }),
        entry("a", { kind: "model", inputs }),
        entry("broken", { kind: "model", version: null, state: "unavailable" }),
      ],
      detectors: [entry("pca", { description: "As a detector." })],
      kernels: null,
    });
    expect(choices.map(({ group, label, version }) => [group, label, version])).toEqual([
      ["Models", "a", undefined],
      ["Models", "b · version 1 (loading)", "1"],
      ["Models", "b · version 2", "2"],
      ["Fits", "pca", undefined],
      ["Applications of fits", "pca.apply", undefined],
      ["Detectors", "pca", undefined],
    ]);
    expect(new Set(choices.map(({ key }) => key)).size).toBe(choices.length);
  });

  test("write a shape with its alternatives", () => {
    const signature = { name: "c", datatypes: [], optional: true, description: "" };
    expect(shapeText({ ...signature, shape: ["k", "p", "p"], other_shapes: [["k", "p"]] })).toBe(
      "[k, p, p] or [k, p]",
    );
    expect(shapeText({ ...signature, shape: [] })).toBe("one value");
  });
});

describe("a refusal", () => {
  const fields = ["inputs.X", "inputs.X.y", "parameters.n", "parameters.n_components"];

  test.each([
    [
      "inputs.X.shape: must be [batch=1, 16], got [1, 2]",
      "inputs.X",
      "shape: must be [batch=1, 16], got [1, 2]",
    ],
    ["inputs.X: missing; m takes X", "inputs.X", "missing; m takes X"],
    ["inputs.X.y: missing", "inputs.X.y", "missing"],
    ["parameters.n_components: 99 is not…", "parameters.n_components", "99 is not…"],
    ["inputs.Xy: m has no such input", undefined, "inputs.Xy: m has no such input"],
    ["m: not found", undefined, "m: not found"],
  ])("%s belongs to the field that it names", (message, field, rest) => {
    expect(fieldErrorOf(message, fields)).toEqual({ field, message: rest });
  });
});

describe("the history", () => {
  const request = (label: string, text = "1") => ({
    label,
    at: 0,
    outcome: "answered" as const,
    summary: "1 ms",
    values: { servable: label, fields: { "inputs.X": text }, datatypes: {} },
  });

  test("keeps the newest and goes on counting", () => {
    let past: ReturnType<typeof withRequest> = [];
    for (let i = 1; i <= historyMax + 5; i++) past = withRequest(past, request(`r${i}`));
    expect(past.length).toBe(historyMax);
    expect([past[0]?.number, past[0]?.label, past.at(-1)?.label]).toEqual([25, "r25", "r6"]);
  });

  test("lists a request whose fields are too large to keep", () => {
    const [only] = withRequest([], request("big", "1".repeat(historyTextMax + 1)));
    expect(only).toMatchObject({ label: "big", values: undefined });
    expect(withRequest([], request("fits", "1".repeat(historyTextMax)))[0]?.values).toBeDefined();
  });
});
