/** The constraints of plain parameters: what meets them, and how they are told. Pure. */
import type { Constraint, ParameterValue } from "./servable.js";

/** Whether a plain value meets a constraint. */
export function meets(value: ParameterValue, constraint: Constraint): boolean {
  switch (constraint.type) {
    case "null":
      return value === null;
    case "boolean":
      return typeof value === "boolean";
    case "text":
      return typeof value === "string" && value.length > 0 && value.length <= constraint.lengthMax;
    case "string":
      return typeof value === "string" && constraint.values.includes(value);
    default:
      return (
        typeof value === "number" &&
        Number.isFinite(value) &&
        (constraint.type === "number" || Number.isInteger(value)) &&
        value >= (constraint.minimum ?? -Infinity) &&
        value <= (constraint.maximum ?? Infinity) &&
        value > (constraint.exclusiveMinimum ?? -Infinity) &&
        value < (constraint.exclusiveMaximum ?? Infinity)
      );
  }
}

/** A constraint in words, for error messages. */
export function constraintText(constraint: Constraint): string {
  if (constraint.type === "string")
    return `one of ${constraint.values.map((each) => `"${each}"`).join(", ")}`;
  if (constraint.type === "text") return `a string of 1 to ${constraint.lengthMax} characters`;
  if (constraint.type === "boolean") return "true or false";
  if (constraint.type === "null") return "null";
  const bounds = [
    constraint.minimum !== undefined && `at least ${constraint.minimum}`,
    constraint.exclusiveMinimum !== undefined && `above ${constraint.exclusiveMinimum}`,
    constraint.maximum !== undefined && `at most ${constraint.maximum}`,
    constraint.exclusiveMaximum !== undefined && `below ${constraint.exclusiveMaximum}`,
  ].filter((text) => text !== false);
  return [`${constraint.type === "integer" ? "an integer" : "a number"}`, ...bounds].join(" ");
}
