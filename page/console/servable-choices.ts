/** Converts what `describe` tells into the servables that the console offers. Pure. */
import type { Described, Description } from "../../client/typescript/description.js";
import type { ParameterDescription } from "../../client/typescript/parameters-schema.js";

/** An input or an output, as `describe` tells it. */
export interface TensorSignature {
  readonly name: string;
  readonly datatypes: readonly string[];
  /** A number is a fixed size; a string names a size that is open, and equal wherever the name is the same. */
  readonly shape: readonly (number | string)[];
  readonly other_shapes?: readonly (readonly (number | string)[])[];
  readonly optional: boolean;
  readonly description: string;
}

/** The headings of the list, in its order. */
export const servableGroups = ["Models", "Fits", "Applications of fits", "Detectors"] as const;
export type ServableGroup = (typeof servableGroups)[number];

/** A servable that the console can ask. */
export interface ServableChoice {
  /** Distinguishes the choices; a fit and a detector may have the same name. */
  readonly key: string;
  readonly group: ServableGroup;
  readonly name: string;
  /** Undefined where the gateway chooses the version: always for fits and detectors. */
  readonly version: string | undefined;
  readonly label: string;
  readonly description: string;
  readonly inputs: readonly TensorSignature[];
  readonly parameters: readonly ParameterDescription[];
}

/**
 * The choices, in the order of the groups and then of the names. A version that has no signature is left out, and so is
 * a trainer, which is never inferred.
 */
export function servableChoices({ models, detectors }: Description): readonly ServableChoice[] {
  const versions = new Map<string, number>();
  for (const { name } of models) versions.set(name, (versions.get(name) ?? 0) + 1);
  const choices = [
    ...models
      .filter((model) => Array.isArray(model["inputs"]) && model["kind"] !== "trainer")
      .map((model) => modelChoice(model, versions.get(model.name) === 1)),
    ...detectors.map((detector) => choiceOf(detector, "Detectors", undefined, [])),
  ];
  const place = ({ group }: ServableChoice) => servableGroups.indexOf(group);
  return choices.sort((a, b) => place(a) - place(b) || a.label.localeCompare(b.label, "en"));
}

function modelChoice(model: Described, isOnly: boolean): ServableChoice {
  const inputs = model["inputs"] as readonly TensorSignature[];
  if (model["kind"] === "model")
    return choiceOf(model, "Models", isOnly ? undefined : (model.version ?? undefined), inputs);
  return choiceOf(model, model.name.includes(".") ? "Applications of fits" : "Fits", undefined, inputs);
}

function choiceOf(
  { name, description, parameters, state }: Described,
  group: ServableGroup,
  version: string | undefined,
  inputs: readonly TensorSignature[],
): ServableChoice {
  const isReady = state === undefined || state === "ready";
  return {
    key: `${group}/${name}/${version ?? ""}`,
    group,
    name,
    version,
    label: `${name}${version === undefined ? "" : ` · version ${version}`}${isReady ? "" : ` (${state})`}`,
    description: typeof description === "string" ? description : "",
    inputs,
    parameters: parameters ?? [],
  };
}

/** How a shape is written beside its field, such as `[batch, 16]`; a single value has none. */
export function shapeText({ shape, other_shapes: others = [] }: TensorSignature): string {
  const text = (sizes: readonly (number | string)[]) =>
    sizes.length === 0 ? "one value" : `[${sizes.join(", ")}]`;
  return [shape, ...others].map(text).join(" or ");
}
