/** A value that is computed from the number of rows depends on it, whatever operator computes it. Pure. */
import type { OperatorCall } from "./rule.js";
import { counted, rowsInteract, type Value } from "./values.js";

/** Operators that take sizes as inputs: their own rules check that the number of rows is used only as a size. */
const readingSizes = new Set(["Reshape", "Expand", "ConstantOfShape", "Tile", "Slice", "Resize", "Upsample"]);

/** @throws RowsInteractError when each row contains a value that depends on the number of rows */
export function withCount({ operator, inputs }: OperatorCall, value: Value): Value {
  const { dependence, elements } = value;
  if (!inputs.some((each) => each?.dependence.kind === "counted")) return value;
  if (dependence.kind === "rows" && !readingSizes.has(operator))
    return rowsInteract("computes with the number of rows");
  return dependence.kind === "fixed" && elements === undefined ? { ...value, dependence: counted } : value;
}
