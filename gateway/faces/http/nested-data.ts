/** Flattens data that JSON gives as nested lists. */
import { type HeadgateError, invalidArgument } from "../../../protocol/errors.js";
import { shown } from "../../../protocol/fields.js";
import { limits } from "../../../protocol/limits.js";

/**
 * The elements of data in row-major order. Data is flat, or nested as its shape is: then it is row-major when it is
 * read from left to right.
 * @throws HeadgateError invalid_argument that names the first list which is longer, shorter or deeper than the shape says
 */
export function flatData(
  data: readonly unknown[],
  shape: readonly unknown[],
  field: string,
): readonly unknown[] {
  if (!data.some(Array.isArray)) return data;
  requireNested(data, shape, 0, field);
  return data.flat(limits.tensor_rank_max);
}

function requireNested(
  data: readonly unknown[],
  shape: readonly unknown[],
  axis: number,
  field: string,
): void {
  if (data.length !== shape[axis])
    throw misfit(field, shape, `${shown(shape[axis])} elements here, got ${data.length}`);
  const isLast = axis === shape.length - 1;
  for (const [i, each] of data.entries()) {
    if (Array.isArray(each) === isLast)
      throw misfit(`${field}[${i}]`, shape, `an ${isLast ? "element" : "array"} here, got ${shown(each)}`);
    if (Array.isArray(each)) requireNested(each, shape, axis + 1, `${field}[${i}]`);
  }
}

function misfit(field: string, shape: readonly unknown[], found: string): HeadgateError {
  const sizes = shape.slice(0, limits.tensor_rank_max).map(shown).join(", ");
  return invalidArgument(field, `must be flat, or nested as the shape [${sizes}]: ${found}`);
}
