import { expect, it } from "vitest";
import { descriptionOf } from "../../client/typescript/description.js";
import { parametersSchema } from "../../client/typescript/index.js";

it("says of each kind of parameter what JSON Schema says", () => {
  const schema = parametersSchema([
    {
      name: "n",
      description: "How many.",
      default: 3,
      any_of: [{ type: "integer", minimum: 1, maximum: 9 }],
    },
    { name: "tol", default: null, any_of: [{ type: "number", exclusive_minimum: 0 }, { type: "null" }] },
    { name: "seed", default: null, any_of: [{ type: "integer" }] },
    { name: "kind", default: "a", any_of: [{ type: "string", values: ["a", "b"] }] },
    { name: "label", default: "x", any_of: [{ type: "text", length_max: 8 }, { type: "boolean" }] },
  ]);
  expect(schema).toEqual({
    type: "object",
    additionalProperties: false,
    properties: {
      n: { description: "How many.", type: "integer", minimum: 1, maximum: 9, default: 3 },
      tol: {
        description: "",
        anyOf: [{ type: "number", exclusiveMinimum: 0 }, { type: "null" }],
        default: null,
      },
      seed: { description: "", type: "integer" },
      kind: { description: "", type: "string", enum: ["a", "b"], default: "a" },
      label: {
        description: "",
        anyOf: [{ type: "string", minLength: 1, maxLength: 8 }, { type: "boolean" }],
        default: "x",
      },
    },
  });
});

it("says of a trainer's parameters what is in their lists and maps, and which must be given", () => {
  const schema = parametersSchema([
    {
      name: "sizes",
      default: [8],
      any_of: [{ type: "list", schema: '{"type":"array","items":{"type":"integer"}}' }],
    },
    { name: "estimator", default: null, required: true, any_of: [{ type: "trainer", names: ["ridge"] }] },
  ]);
  expect(schema).toEqual({
    type: "object",
    required: ["estimator"],
    additionalProperties: false,
    properties: {
      sizes: { description: "", type: "array", items: { type: "integer" }, default: [8] },
      estimator: {
        description: "",
        type: "object",
        properties: { trainer: { type: "string", enum: ["ridge"] }, parameters: { type: "object" } },
        required: ["trainer"],
      },
    },
  });
});

it("is told by describe of each model and detector that has parameters", () => {
  const parameters = [{ name: "n", default: 1, any_of: [{ type: "integer" }] }];
  const entry = { name: "m", version: "1" };
  const { models, detectors, kernels } = descriptionOf({
    type: "ack",
    id: 1,
    models: [{ ...entry, parameters }, entry],
    detectors: [{ ...entry, parameters: [] }],
  });
  expect(models[0]?.parameters_schema).toMatchObject({ properties: { n: { type: "integer" } } });
  expect(models[1]).toEqual(entry);
  expect(detectors[0]?.parameters_schema).toMatchObject({ properties: {} });
  expect(kernels).toBeNull();
});
