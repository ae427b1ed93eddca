/**
 * Checks the parameters of a trainer, in which lists and maps may be nested, and fills in the defaults. Every error
 * begins with the path, as `parameters.steps[1].parameters.n_components: ...`. Pure.
 */
import { invalidArgument } from "../protocol/errors.js";
import { isFields, shown } from "../protocol/fields.js";
import type { NestedParameters, NestedValue } from "../protocol/train-frames.js";
import { constraintText, meets } from "./constraints.js";
import type { NestedConstraint, NestedParameterSpec } from "./servable.js";

/** The parameters of a trainer that may stand inside another's; undefined for a name that there is not. */
export type ParametersOfTrainer = (trainer: string) => readonly NestedParameterSpec[] | undefined;

/**
 * Returns the given parameters, with defaults for absent ones at every depth.
 * @throws HeadgateError invalid_argument that names the path, the given value and the allowed ones
 */
export function validateNestedParameters(
  trainer: string,
  specs: readonly NestedParameterSpec[],
  given: NestedParameters | undefined,
  parametersOf: ParametersOfTrainer,
): NestedParameters {
  return new NestedValidator(parametersOf).parameters(trainer, specs, given ?? {}, "parameters");
}

type NestedMap = Readonly<Record<string, NestedValue>>;
type ListConstraint = NestedConstraint & { readonly type: "list" };
type MapConstraint = NestedConstraint & { readonly type: "map" };
type TrainerConstraint = NestedConstraint & { readonly type: "trainer" };

class NestedValidator {
  constructor(private readonly parametersOf: ParametersOfTrainer) {}

  /** @param owner the trainer, or the path of a map with fixed names */
  parameters(
    owner: string,
    specs: readonly NestedParameterSpec[],
    given: NestedMap,
    path: string,
  ): Record<string, NestedValue> {
    for (const name of Object.keys(given))
      if (!specs.some((spec) => spec.name === name))
        throw invalidArgument(
          `${path}.${name}`,
          `${owner} has no such parameter; it takes ${specs.map((spec) => spec.name).join(", ") || "none"}`,
        );
    const parameters: Record<string, NestedValue> = {};
    for (const spec of specs) {
      const value = Object.hasOwn(given, spec.name) ? given[spec.name] : undefined;
      const at = `${path}.${spec.name}`;
      if (value === undefined && spec.required)
        throw invalidArgument(at, `missing; must be ${wanted(spec.anyOf)}`);
      parameters[spec.name] =
        value === undefined ? this.byDefault(spec, at) : this.value(spec.anyOf, value, at);
    }
    return parameters;
  }

  /** The default. In a map or list that is one, defaults are filled in too. */
  private byDefault({ anyOf, default: value }: NestedParameterSpec, path: string): NestedValue {
    return isNested(value) ? this.value(anyOf, value, path) : value;
  }

  private value(anyOf: readonly NestedConstraint[], value: NestedValue, path: string): NestedValue {
    const formed = anyOf.filter((constraint) => hasForm(value, constraint));
    const fitting = isFields(value) ? chosenByTag(formed, value as NestedMap, path) : formed;
    if (fitting.length === 0) throw invalidArgument(path, `must be ${wanted(anyOf)}; got ${shown(value)}`);
    // The error of the last one is told: where several forms of list or map are allowed, it is as good as another.
    for (const constraint of fitting.slice(0, -1)) {
      try {
        return this.within(constraint, value, path);
      } catch {
        // The next constraint may be met.
      }
    }
    return this.within(fitting[fitting.length - 1] as NestedConstraint, value, path);
  }

  /** The value, whose form is that of the constraint, with what is in it checked too. */
  private within(constraint: NestedConstraint, value: NestedValue, path: string): NestedValue {
    if (Array.isArray(value)) return this.list(constraint as ListConstraint, value, path);
    if (!isFields(value)) return value;
    const map = value as NestedMap;
    if (constraint.type === "map") return this.map(constraint, map, path);
    if (constraint.type === "record") return this.parameters("the map", constraint.fields, map, path);
    return this.trainer(constraint as TrainerConstraint, map, path);
  }

  private list(
    { items, lengthMin = 0, lengthMax }: ListConstraint,
    list: readonly NestedValue[],
    path: string,
  ): NestedValue {
    if (list.length < lengthMin || list.length > lengthMax)
      throw invalidArgument(
        path,
        `must be a list of ${lengthMin} to ${lengthMax}, got one of ${list.length}`,
      );
    return list.map((each, i) => this.value(items, each, `${path}[${i}]`));
  }

  private map({ values, lengthMax }: MapConstraint, map: NestedMap, path: string): NestedValue {
    const names = Object.keys(map);
    if (names.length > lengthMax)
      throw invalidArgument(path, `must be a map of at most ${lengthMax}, got one of ${names.length}`);
    return Object.fromEntries(
      names.map((name) => [name, this.value(values, map[name] as NestedValue, `${path}.${name}`)]),
    );
  }

  private trainer({ names }: TrainerConstraint, map: NestedMap, path: string): NestedValue {
    for (const name of Object.keys(map))
      if (name !== "trainer" && name !== "parameters")
        throw invalidArgument(`${path}.${name}`, "is not one of trainer and parameters");
    const trainer = Object.hasOwn(map, "trainer") ? map["trainer"] : undefined;
    const specs =
      typeof trainer === "string" && names.includes(trainer) ? this.parametersOf(trainer) : undefined;
    if (typeof trainer !== "string" || specs === undefined)
      throw invalidArgument(`${path}.trainer`, `must be one of ${names.join(", ")}; got ${shown(trainer)}`);
    const given = Object.hasOwn(map, "parameters") ? map["parameters"] : {};
    if (!isFields(given)) throw invalidArgument(`${path}.parameters`, `must be a map, got ${shown(given)}`);
    return {
      trainer,
      parameters: this.parameters(trainer, specs, given as NestedMap, `${path}.parameters`),
    };
  }
}

/**
 * Of records that are told apart by the only value of a field, as the steps of a pipeline are, the one that has the
 * value of the map.
 * @throws HeadgateError invalid_argument that names the field, where there are only such records and none has it
 */
function chosenByTag(
  constraints: readonly NestedConstraint[],
  map: NestedMap,
  path: string,
): readonly NestedConstraint[] {
  const tags = constraints.map(tagOf);
  const [first] = tags;
  if (first === undefined || !tags.every((tag) => tag?.name === first.name)) return constraints;
  const given = Object.hasOwn(map, first.name) ? map[first.name] : undefined;
  const found = constraints.filter((_, i) => tags[i]?.value === given);
  if (found.length > 0) return found;
  const names = tags.map((tag) => `"${tag?.value}"`).join(", ");
  throw invalidArgument(`${path}.${first.name}`, `must be one of ${names}; got ${shown(given)}`);
}

/** The required field of a record that has one value only. */
function tagOf(constraint: NestedConstraint): { readonly name: string; readonly value: string } | undefined {
  if (constraint.type !== "record") return undefined;
  for (const { name, required, anyOf } of constraint.fields) {
    const [only, ...others] = anyOf;
    if (required === true && others.length === 0 && only?.type === "string" && only.values.length === 1)
      return { name, value: only.values[0] as string };
  }
  return undefined;
}

/** Whether a plain value meets the constraint, or a list or a map is of its kind. */
function hasForm(value: NestedValue, constraint: NestedConstraint): boolean {
  switch (constraint.type) {
    case "list":
      return Array.isArray(value);
    case "map":
    case "record":
    case "trainer":
      return isFields(value);
    default:
      return !isNested(value) && meets(value, constraint);
  }
}

function isNested(value: NestedValue): value is readonly NestedValue[] | NestedMap {
  return typeof value === "object" && value !== null;
}

function wanted(anyOf: readonly NestedConstraint[]): string {
  return anyOf.map(nestedText).join(", or ");
}

function nestedText(constraint: NestedConstraint): string {
  switch (constraint.type) {
    case "list":
      return `a list of ${constraint.lengthMin ?? 0} to ${constraint.lengthMax}`;
    case "map":
      return `a map of at most ${constraint.lengthMax}`;
    case "record":
      return `a map of ${constraint.fields.map(({ name }) => name).join(", ")}`;
    case "trainer":
      return "a map of trainer, a name, and parameters";
    default:
      return constraintText(constraint);
  }
}
