/**
 * Tensors that a graph makes from constants: a file of a hundred bytes may ask for terabytes. What depends on a
 * request's inputs is not known here; the proof's own limits of memory and time hold for that. Pure.
 */
import { elementsOf } from "./tensor-inspection.js";

/** A node that makes a tensor as large as one of its inputs or attributes says. */
export interface TensorMaker {
  readonly operator: string;
  /** The name of the input that holds the sizes; null where an attribute does. */
  readonly sizesInput: string | null;
  readonly sizes: readonly number[] | null;
}

/** The position of the input that holds the sizes, or the attribute's name. */
export const makers: Readonly<Record<string, number | string>> = {
  ConstantOfShape: 0,
  Expand: 1,
  RandomNormal: "shape",
  RandomUniform: "shape",
};

/** Bytes of an element at least: a graph may make tensors of single bytes. */
const elementBytesMin = 1;

/**
 * The bytes that the makers with known sizes ask for, at least.
 * @param constants short lists of integers in the graph, by name
 */
export function madeBytes(
  found: readonly TensorMaker[],
  constants: ReadonlyMap<string, readonly number[]>,
): number {
  let total = 0;
  for (const { operator, sizesInput, sizes } of found) {
    const known = sizes ?? (sizesInput === null ? undefined : constants.get(sizesInput));
    if (known !== undefined) total += elementBytesMin * elementsOf(known, `what ${operator} makes`);
  }
  return total;
}
