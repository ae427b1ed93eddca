/** What is made of the number of rows depends on it, whatever operator makes it. Pure. */
import type { OperatorCall } from "./rule.js";
import { counted, rowsInteract, type Value } from "./values.js";

/** Operators that take sizes: their rules see to it that the number of rows gives each row its place and nothing more. */
const readingSizes = new Set(["Reshape", "Expand", "ConstantOfShape", "Tile", "Slice", "Resize", "Upsample"]);

/** @throws RowsMeet where each row holds something of their number */
export function withCount({ operator, inputs }: OperatorCall, value: Value): Value {
  const { dependence, elements } = value;
  if (!inputs.some((each) => each?.dependence.kind === "counted")) return value;
  if (dependence.kind === "rows" && !readingSizes.has(operator))
    return rowsInteract("computes with the number of rows");
  return dependence.kind === "fixed" && elements === undefined ? { ...value, dependence: counted } : value;
}
