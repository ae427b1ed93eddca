/** What is made of the number of rows depends on it, whatever operator makes it. Pure. */
import type { Call } from "./rule.js";
import { counted, rowsMeet, type Value } from "./values.js";

/** Operators that take sizes: their rules see to it that the number of rows gives each row its place and nothing more. */
const readingSizes = new Set(["Reshape", "Expand", "ConstantOfShape", "Tile", "Slice", "Resize", "Upsample"]);

/** @throws RowsMeet where each row holds something of their number */
export function withCount({ operator, inputs }: Call, value: Value): Value {
  const { carry, elements } = value;
  if (!inputs.some((each) => each?.carry.kind === "counted")) return value;
  if (carry.kind === "rows" && !readingSizes.has(operator))
    return rowsMeet("computes with the number of rows");
  return carry.kind === "fixed" && elements === undefined ? { ...value, carry: counted } : value;
}
