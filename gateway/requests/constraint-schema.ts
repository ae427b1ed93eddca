/** Constraints of nested parameters as JSON Schema (2020-12). Pure. */
import type { Constraint, NestedConstraint, NestedParameterSpec } from "../../engines/servable.js";

export type JsonSchema = Readonly<Record<string, unknown>>;

export function schemaOf(constraint: NestedConstraint): JsonSchema {
  switch (constraint.type) {
    case "list": {
      const { items, lengthMin, lengthMax } = constraint;
      return { type: "array", items: schemaOfAny(items), minItems: lengthMin ?? 0, maxItems: lengthMax };
    }
    case "map":
      return {
        type: "object",
        additionalProperties: schemaOfAny(constraint.values),
        maxProperties: constraint.lengthMax,
      };
    case "record":
      return schemaOfParameters(constraint.fields);
    case "trainer":
      return {
        type: "object",
        required: ["trainer"],
        properties: { trainer: { enum: constraint.names }, parameters: { type: "object" } },
        additionalProperties: false,
      };
    default:
      return schemaOfPlain(constraint);
  }
}

function schemaOfAny(anyOf: readonly NestedConstraint[]): JsonSchema {
  const [first, ...others] = anyOf.map(schemaOf);
  return first === undefined || others.length > 0 ? { anyOf: anyOf.map(schemaOf) } : first;
}

function schemaOfParameters(fields: readonly NestedParameterSpec[]): JsonSchema {
  const required = fields.filter((field) => field.required === true).map(({ name }) => name);
  return {
    type: "object",
    ...(required.length > 0 && { required }),
    properties: Object.fromEntries(
      fields.map(({ name, description, default: fallback, anyOf, required: isRequired }) => [
        name,
        { description, ...schemaOfAny(anyOf), ...(isRequired !== true && { default: fallback }) },
      ]),
    ),
    additionalProperties: false,
  };
}

function schemaOfPlain(constraint: Constraint): JsonSchema {
  switch (constraint.type) {
    case "string":
      return { enum: constraint.values };
    case "text":
      return { type: "string", minLength: 1, maxLength: constraint.lengthMax };
    case "integer":
    case "number": {
      const { boundedByData: _, ...bounds } = constraint;
      return bounds; // their names are those of JSON Schema
    }
    default:
      return { type: constraint.type };
  }
}
