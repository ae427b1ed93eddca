/** The parameters that `describe` tells, as JSON Schema: language models' tools and forms are made of it. */

/** What a parameter may be. A value must meet one of a parameter's `any_of`. */
export type ParameterConstraint =
  | NumberConstraint
  | BareConstraint
  | ChoiceConstraint
  | TextConstraint
  | SchemaConstraint
  | TrainerChoiceConstraint;

/** A number within any of the bounds. */
export interface NumberConstraint {
  /** Whether it must be whole. */
  readonly type: "integer" | "number";
  /** The least that it may be. */
  readonly minimum?: number;
  /** It must be greater. */
  readonly exclusive_minimum?: number;
  /** The most that it may be. */
  readonly maximum?: number;
  /** It must be less. */
  readonly exclusive_maximum?: number;
}

/** True or false, or null. */
export interface BareConstraint {
  /** Which of the two. */
  readonly type: "boolean" | "null";
}

/** One of several strings. */
export interface ChoiceConstraint {
  /** It must be a string. */
  readonly type: "string";
  /** The strings. */
  readonly values: readonly string[];
}

/** Any string. */
export interface TextConstraint {
  /** It must be a string. */
  readonly type: "text";
  /** It has 1 to so many characters. */
  readonly length_max: number;
}

/** A list or a map of a trainer's parameters. */
export interface SchemaConstraint {
  /** A list; a map from any names; or a map with fixed names. */
  readonly type: "list" | "map" | "record";
  /** What it must be, as the text of a JSON Schema (2020-12). */
  readonly schema: string;
}

/** The name of a trainer, and its parameters. */
export interface TrainerChoiceConstraint {
  /** It must be a map of `trainer` and `parameters`. */
  readonly type: "trainer";
  /** The names of the trainers. */
  readonly names: readonly string[];
}

/** A parameter of a model, a fit or a detector, as `describe` tells it. */
export interface ParameterDescription {
  /** The name by which `parameters` gives it. */
  readonly name: string;
  /** What it is for. */
  readonly description?: string;
  /** What it is when it is left out. */
  readonly default?: unknown;
  /** True when it must be given. */
  readonly required?: boolean;
  /** What a value may be: it must meet one of these. */
  readonly any_of: readonly ParameterConstraint[];
}

/** A JSON Schema (2020-12) of the object that `parameters` is. */
export interface ParametersSchema {
  /** Parameters are an object. */
  readonly type: "object";
  /** The schema of each parameter, by its name. */
  readonly properties: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** The parameters that must be given; absent where there are none. */
  readonly required?: readonly string[];
  /** No other parameter may be given. */
  readonly additionalProperties: false;
}

/** A JSON Schema (2020-12) of an object with these parameters, of which only some of a trainer's must be given. */
export function parametersSchema(parameters: readonly ParameterDescription[]): ParametersSchema {
  const required = parameters.filter((each) => each.required === true).map(({ name }) => name);
  return {
    type: "object",
    ...(required.length > 0 && { required }),
    properties: Object.fromEntries(parameters.map((each) => [each.name, propertyOf(each)])),
    additionalProperties: false,
  };
}

function propertyOf(parameter: ParameterDescription): Record<string, unknown> {
  const choices = parameter.any_of.map(schemaOf);
  const fallback = parameter.default ?? null;
  // A default of null where null cannot be given says that leaving it out has a meaning of its own.
  const hasDefault = fallback !== null || choices.some(({ type }) => type === "null");
  return {
    description: parameter.description ?? "",
    ...(choices.length === 1 ? choices[0] : { anyOf: choices }),
    ...(hasDefault && { default: fallback }),
  };
}

function schemaOf(constraint: ParameterConstraint): Record<string, unknown> {
  switch (constraint.type) {
    case "list":
    case "map":
    case "record":
      return JSON.parse(constraint.schema) as Record<string, unknown>;
    case "trainer":
      return {
        type: "object",
        properties: { trainer: { type: "string", enum: constraint.names }, parameters: { type: "object" } },
        required: ["trainer"],
      };
    case "string":
      return { type: "string", enum: constraint.values };
    case "text":
      return { type: "string", minLength: 1, maxLength: constraint.length_max };
    case "integer":
    case "number": {
      const { type, minimum, maximum, exclusive_minimum, exclusive_maximum } = constraint;
      return {
        type,
        ...(minimum !== undefined && { minimum }),
        ...(exclusive_minimum !== undefined && { exclusiveMinimum: exclusive_minimum }),
        ...(maximum !== undefined && { maximum }),
        ...(exclusive_maximum !== undefined && { exclusiveMaximum: exclusive_maximum }),
      };
    }
    default:
      return { type: constraint.type };
  }
}
