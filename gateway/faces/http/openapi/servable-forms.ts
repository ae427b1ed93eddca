/** A JSON Schema for a request of each servable, made from its signature. Pure. */
import type {
  ServableDescription,
  ServableParameterDescription,
  TensorDescription,
} from "../../../requests/describe.js";

export type JsonObject = Readonly<Record<string, unknown>>;

/** What OpenAPI allows as the name of a component. */
const componentName = /^[a-zA-Z0-9._-]+$/;

/** By names such as `infer.pca.1`. */
export function servableForms(servables: readonly ServableDescription[]): JsonObject {
  const forms = servables.flatMap((servable) => {
    const name = `infer.${servable.name}.${servable.version}`;
    return servable.inputs === undefined || !componentName.test(name)
      ? []
      : [[name, formOf(servable)] as const];
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
      ...(parameters.length > 0 && {
        parameters: {
          type: "object",
          properties: Object.fromEntries(
            parameters.map((parameter) => [parameter.name, valueForm(parameter)]),
          ),
        },
      }),
    },
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
  any_of: anyOf,
}: ServableParameterDescription): JsonObject {
  const forms = anyOf.map(constraintForm);
  return { description, default: fallback, ...(forms.length === 1 ? forms[0] : { anyOf: forms }) };
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
  const named = Object.entries(given).flatMap(([name, value]) => {
    const keyword = keywords[name];
    return keyword === undefined ? [] : [[keyword, value] as const];
  });
  return { type: type === "text" ? "string" : type, ...Object.fromEntries(named) };
}
