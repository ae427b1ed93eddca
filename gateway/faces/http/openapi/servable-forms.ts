/** A JSON Schema for a request of each servable, made from its signature. Pure. */
import type {
  ServableDescription,
  ServableParameterDescription,
  TensorDescription,
} from "../../../requests/describe.js";

export type JsonObject = Readonly<Record<string, unknown>>;

/** What OpenAPI allows as the name of a component. */
const componentName = /^[a-zA-Z0-9._-]+$/;

/** By names such as `infer.pca.1`, and `train.ridge.1` of trainers. */
export function servableForms(servables: readonly ServableDescription[]): JsonObject {
  const forms = servables.flatMap((servable) => {
    const isTrainer = servable.kind === "trainer";
    const name = `${isTrainer ? "train" : "infer"}.${servable.name}.${servable.version}`;
    return servable.inputs === undefined || !componentName.test(name)
      ? []
      : [[name, isTrainer ? trainingFormOf(servable) : formOf(servable)] as const];
  });
  return Object.fromEntries(forms);
}

function formOf({ name, description = "", inputs = [], parameters = [] }: ServableDescription): JsonObject {
  return {
    type: "object",
    description: `A request of ${name}.${description === "" ? "" : ` ${description}`}`,
    required: ["inputs"],
    properties: {
      inputs: {
        type: "array",
        ...(inputs.length > 0 && { items: { oneOf: inputs.map(tensorForm) } }),
        minItems: inputs.filter(({ optional }) => !optional).length,
        maxItems: inputs.length,
      },
      ...(parameters.length > 0 && { parameters: parametersForm(parameters) }),
    },
  };
}

/** The inputs of a training are a map by name, and its parameters may be nested. */
function trainingFormOf({
  name,
  description = "",
  inputs = [],
  parameters = [],
}: ServableDescription): JsonObject {
  return {
    type: "object",
    description: `A training with ${name}. ${description}`.trim(),
    required: ["trainer", "inputs"],
    properties: {
      trainer: { const: name },
      inputs: {
        type: "object",
        required: inputs.filter(({ optional }) => !optional).map((each) => each.name),
        properties: Object.fromEntries(
          inputs.map((each) => [
            each.name,
            { type: "object", description: `${each.description} Its shape is [${each.shape.join(", ")}].` },
          ]),
        ),
      },
      parameters: parametersForm(parameters),
    },
  };
}

function parametersForm(parameters: readonly ServableParameterDescription[]): JsonObject {
  const required = parameters.filter((each) => each.required === true).map(({ name }) => name);
  return {
    type: "object",
    ...(required.length > 0 && { required }),
    properties: Object.fromEntries(parameters.map((parameter) => [parameter.name, valueForm(parameter)])),
  };
}

function tensorForm({ name, description, datatypes, shape }: TensorDescription): JsonObject {
  return {
    type: "object",
    description: `${description} Its shape is [${shape.join(", ")}].`.trim(),
    required: ["name", "datatype", "shape"],
    properties: {
      name: { const: name },
      datatype: { enum: datatypes },
      shape: { type: "array", items: { type: "integer", minimum: 0 } },
      data: { type: "array" },
    },
  };
}

function valueForm({
  description,
  default: fallback,
  required = false,
  any_of: anyOf,
}: ServableParameterDescription): JsonObject {
  const forms = anyOf.map(constraintForm);
  return {
    description,
    ...(!required && { default: fallback }),
    ...(forms.length === 1 ? forms[0] : { anyOf: forms }),
  };
}

/** The names of JSON Schema for what `describe` calls a constraint. */
const keywords: Readonly<Record<string, string>> = {
  minimum: "minimum",
  exclusive_minimum: "exclusiveMinimum",
  maximum: "maximum",
  exclusive_maximum: "exclusiveMaximum",
  length_max: "maxLength",
  values: "enum",
};

function constraintForm({ type, ...given }: JsonObject): JsonObject {
  if (typeof given["schema"] === "string") return JSON.parse(given["schema"]) as JsonObject;
  if (type === "trainer")
    return {
      type: "object",
      required: ["trainer"],
      properties: { trainer: { enum: given["names"] }, parameters: { type: "object" } },
    };
  const named = Object.entries(given).flatMap(([name, value]) => {
    const keyword = keywords[name];
    return keyword === undefined ? [] : [[keyword, value] as const];
  });
  return { type: type === "text" ? "string" : type, ...Object.fromEntries(named) };
}
