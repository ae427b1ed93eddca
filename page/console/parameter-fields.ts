/** Converts a parameter's description into a field of the form, and the field's text into a value. Pure. */
import type { ParameterConstraint, ParameterDescription } from "../../client/typescript/parameters-schema.js";
import type { ParameterValue } from "../../protocol/frames.js";

/** A field of the form for one parameter. */
export interface ParameterField {
  readonly name: string;
  readonly help: string;
  /** What the field may hold, in words. */
  readonly allowed: string;
  /** How the default is written; undefined where leaving the parameter out has a meaning of its own. */
  readonly fallback: string | undefined;
  /** The values to choose from, where there are only these; undefined where the field is typed into. */
  readonly choices: readonly string[] | undefined;
  readonly inputMode: "text" | "decimal" | "numeric";
}

/** A value, nothing (the field is empty), or what is wrong in a sentence. */
export type ParameterReading = { readonly value: ParameterValue | undefined } | { readonly problem: string };

export function parameterField(parameter: ParameterDescription): ParameterField {
  const { name, description = "", any_of } = parameter;
  const fixed = any_of.map(choicesOf);
  const choices = fixed.every((each) => each !== undefined) ? fixed.flat().map(shownText) : undefined;
  const types = any_of.map(({ type }) => type).filter((type) => type !== "null");
  const isWhole = types.every((type) => type === "integer");
  const isNumber = types.every((type) => type === "integer" || type === "number");
  return {
    name,
    help: description,
    allowed: any_of.map(constraintText).join(", or "),
    fallback: parameter.default === undefined ? undefined : shownText(parameter.default),
    choices,
    inputMode: types.length === 0 || !isNumber ? "text" : isWhole ? "numeric" : "decimal",
  };
}

/** Reads a field. An empty field leaves the parameter out; in a list of choices "" is shown as two quotes. */
export function readParameter(text: string, { any_of }: ParameterDescription): ParameterReading {
  if (text.trim() === "") return { value: undefined };
  for (const constraint of any_of) {
    const value = valueFor(text, constraint);
    if (value !== undefined) return { value };
  }
  return { problem: `It must be ${any_of.map(constraintText).join(", or ")}.` };
}

function valueFor(text: string, constraint: ParameterConstraint): ParameterValue | undefined {
  const trimmed = text.trim();
  switch (constraint.type) {
    case "null":
      return trimmed === "null" ? null : undefined;
    case "boolean":
      return trimmed === "true" ? true : trimmed === "false" ? false : undefined;
    case "string":
      return constraint.values.find((value) => shownText(value) === trimmed);
    case "text":
      return text.length <= constraint.length_max && trimmed !== "null" ? text : undefined;
    case "integer":
    case "number": {
      const value = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(trimmed) ? Number(trimmed) : Number.NaN;
      return isWithin(value, constraint) ? value : undefined;
    }
  }
}

function isWithin(
  value: number,
  bounds: Extract<ParameterConstraint, { type: "integer" | "number" }>,
): boolean {
  return (
    Number.isFinite(value) &&
    (bounds.type === "number" || Number.isInteger(value)) &&
    value >= (bounds.minimum ?? -Infinity) &&
    value <= (bounds.maximum ?? Infinity) &&
    value > (bounds.exclusive_minimum ?? -Infinity) &&
    value < (bounds.exclusive_maximum ?? Infinity)
  );
}

function choicesOf(constraint: ParameterConstraint): readonly ParameterValue[] | undefined {
  if (constraint.type === "boolean") return [true, false];
  if (constraint.type === "string") return constraint.values;
  return constraint.type === "null" ? [null] : undefined;
}

/** How a value is written in a field: the empty string, which would look like nothing, as two quotes. */
function shownText(value: unknown): string {
  if (value === "") return '""';
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "");
}

function constraintText(constraint: ParameterConstraint): string {
  switch (constraint.type) {
    case "null":
      return "null";
    case "boolean":
      return "true or false";
    case "string":
      return constraint.values.map(shownText).join(", ");
    case "text":
      return `text of at most ${constraint.length_max} characters`;
    case "list":
      return "a list";
    case "map":
    case "record":
    case "trainer":
      return "a map";
    case "integer":
    case "number":
      return `${constraint.type === "integer" ? "a whole number" : "a number"}${boundsText(constraint)}`;
  }
}

function boundsText(bounds: Extract<ParameterConstraint, { type: "integer" | "number" }>): string {
  const { minimum, maximum, exclusive_minimum: above, exclusive_maximum: below } = bounds;
  if (minimum !== undefined && maximum !== undefined) return ` from ${minimum} to ${maximum}`;
  const parts = [
    above !== undefined && `above ${above}`,
    minimum !== undefined && `of at least ${minimum}`,
    below !== undefined && `below ${below}`,
    maximum !== undefined && `of at most ${maximum}`,
  ].filter((part) => part !== false);
  return parts.length === 0 ? "" : ` ${parts.join(" and ")}`;
}
