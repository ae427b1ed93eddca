/** Converts the text of a field, JSON or rows of cells, into a tensor that fits the input's signature. Pure. */
import { type Datatype, elementCount, type Tensor, type Values } from "../../protocol/tensor.js";
import { type CellValue, halfBits, readCell } from "./cell-values.js";
import type { TensorSignature } from "./servable-choices.js";
import { type CellTable, textTable } from "./text-tables.js";

/** Characters that a field may hold: as much as a message may hold of text. */
export const fieldTextMax = 4 * 1024 * 1024;

/** The elements of one tensor that the console sends: at 8 bytes each, 8 MiB. */
export const fieldElementsMax = 1_048_576;

/** A tensor, or what is wrong with the text in a sentence. */
export type TensorReading = { readonly tensor: Tensor } | { readonly problem: string };

type ShapeReading = { readonly shape: readonly number[] } | { readonly problem: string };

export function readTensor(text: string, signature: TensorSignature, datatype: Datatype): TensorReading {
  if (text.length > fieldTextMax)
    return { problem: `The text has ${text.length} characters; a field takes ${fieldTextMax}.` };
  const table = textTable(text, datatype === "BYTES");
  if ("problem" in table) return table;
  if (table.cells.length > fieldElementsMax)
    return { problem: `There are ${table.cells.length} values; a field takes ${fieldElementsMax}.` };
  const shape = fittingShape(table, signature);
  if ("problem" in shape) return shape;
  const values: CellValue[] = [];
  for (const [at, cell] of table.cells.entries()) {
    const read = readCell(cell, datatype);
    if ("problem" in read) return { problem: `${table.placeOf(at)}: ${read.problem}.` };
    values.push(read.value);
  }
  return { tensor: { datatype, shape: shape.shape, data: packed(values, datatype) } };
}

/** The shape that the text has, or that its cells have once they are folded into the sizes that are fixed. */
function fittingShape({ shape, cells, isNested }: CellTable, signature: TensorSignature): ShapeReading {
  const allowed = [signature.shape, ...(signature.other_shapes ?? [])];
  const alike = allowed.find((sizes) => fits(shape, sizes));
  if (alike !== undefined) return { shape };
  for (const sizes of isNested ? [] : allowed) {
    const folded = foldedInto(shape, cells.length, sizes);
    if (folded !== undefined) return { shape: folded };
  }
  const wanted = allowed.map((sizes) => (sizes.length === 0 ? "one value" : `[${sizes.join(", ")}]`));
  return { problem: `The values have the shape [${shape.join(", ")}]; it must be ${wanted.join(" or ")}.` };
}

function fits(shape: readonly number[], sizes: readonly (number | string)[]): boolean {
  return (
    shape.length === sizes.length && sizes.every((size, i) => typeof size === "string" || size === shape[i])
  );
}

/**
 * Rows of cells have two dimensions. A single value or a list is recognised in them, and where all sizes but the first
 * are fixed the cells are folded: 84 rows of 4 are [2, 42, 4].
 */
function foldedInto(
  [rows = 0, columns = 0]: readonly number[],
  count: number,
  sizes: readonly (number | string)[],
): readonly number[] | undefined {
  if (sizes.length === 0) return count === 1 ? [] : undefined;
  const isList = rows === 1 || columns === 1;
  if (sizes.length === 1) return isList && fits([count], sizes) ? [count] : undefined;
  const [first, ...inner] = sizes;
  if (inner.some((size) => typeof size === "string")) return undefined;
  // A row that is cut in two, or two rows that are joined, are mistakes of the text and not another shape.
  if (columns !== inner.at(-1) && !(rows === 1 && sizes.length > 2)) return undefined;
  const each = elementCount(inner as number[]);
  const outer = count / each;
  if (!Number.isInteger(outer) || outer < 1 || (typeof first === "number" && first !== outer))
    return undefined;
  return [outer, ...(inner as number[])];
}

function packed(values: readonly CellValue[], datatype: Datatype): Values | readonly string[] {
  const numbers = values as readonly number[];
  switch (datatype) {
    case "BYTES":
      return values as readonly string[];
    case "BOOL":
    case "UINT8":
      return Uint8Array.from(numbers);
    case "UINT16":
      return Uint16Array.from(numbers);
    case "UINT32":
      return Uint32Array.from(numbers);
    case "UINT64":
      return BigUint64Array.from(values as readonly bigint[]);
    case "INT8":
      return Int8Array.from(numbers);
    case "INT16":
      return Int16Array.from(numbers);
    case "INT32":
      return Int32Array.from(numbers);
    case "INT64":
      return BigInt64Array.from(values as readonly bigint[]);
    case "FP16":
      return Uint16Array.from(numbers, halfBits);
    case "FP32":
      return Float32Array.from(numbers);
    case "FP64":
      return Float64Array.from(numbers);
  }
}
