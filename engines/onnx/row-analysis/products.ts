/** Rules for matrix products: the sum must not run over the rows, and only one operand may hold rows. Pure. */
import { broadcast, stretched } from "./broadcast.js";
import { type OperatorCall, type OperatorRules, rulesFor } from "./rule.js";
import { one, type Size } from "./sizes.js";
import {
  counted,
  fixed,
  fixedValue,
  requireFixed,
  rowsInteract,
  rowsOf,
  rowsValue,
  shapeOf,
  undecidable,
  type Value,
} from "./values.js";

export const products: OperatorRules = {
  MatMul: ({ inputs: [a, b] }) => product(a, b),
  MatMulInteger: ({ inputs: [a, b, ...zeros] }) => {
    for (const zero of zeros) requireFixed(zero, "zero point");
    return product(a, b);
  },
  QLinearMatMul: ({ inputs: [a, aScale, aZero, b, ...rest] }) => {
    for (const each of [aScale, aZero, ...rest]) requireFixed(each, "scale");
    return product(a, b);
  },
  Gemm: gemm,
  Einsum: summed,
};

/** ONNX Runtime's own products. */
export const ownProducts: OperatorRules = {
  FusedMatMul: ({ inputs: [a, b], attributes }) => {
    if (attributes.integer("transBatchA") || attributes.integer("transBatchB"))
      return undecidable("turns batches");
    const turn = (value: Value | undefined, by: string) =>
      attributes.integer(by) ? transposed(value) : value;
    return product(turn(a, "transA"), turn(b, "transB"));
  },
  FusedGemm: gemm,
  ...rulesFor("MatMulNBits", ({ inputs: [a, ...weights], attributes, unknown }) => {
    for (const each of weights) requireFixed(each, "weights");
    const size = attributes.integer("N");
    const columns: Size = size === undefined ? unknown.next() : { ...one, factor: size };
    return product(a, fixedValue([unknown.next(), columns]));
  }),
  DynamicQuantizeMatMul: ({ inputs: [a, b] }) => {
    if (rowsOf(a) !== undefined || rowsOf(b) !== undefined)
      rowsInteract("takes one scale from the least and the greatest value of all rows: quantize statically");
    return product(a, b);
  },
  MatMulIntegerToFloat: ({ inputs: [a, b, ...scales] }) => {
    for (const scale of scales) requireFixed(scale, "scale");
    return product(a, b);
  },
};

export function transposed(value: Value | undefined): Value {
  const shape = shapeOf(value);
  const rank = shape.length;
  if (rank < 2) return value as Value;
  const turned = [...shape.slice(0, -2), shape[rank - 1] as Size, shape[rank - 2] as Size];
  const rows = rowsOf(value);
  if (rows === undefined) return { dependence: value?.dependence ?? fixed, shape: turned };
  const at = rows.axis === rank - 1 ? rank - 2 : rows.axis === rank - 2 ? rank - 1 : rows.axis;
  return rowsValue(turned, at);
}

/**
 * NumPy's matmul: the last two axes are matrices, the axes before are broadcast, and a list is a matrix with one row
 * or column.
 */
export function product(a: Value | undefined, b: Value | undefined): Value {
  const [left, right] = [shapeOf(a), shapeOf(b)];
  const [rowsA, rowsB] = [rowsOf(a), rowsOf(b)];
  const columnAxis = Math.max(0, right.length - 2);
  if (rowsA?.axis === left.length - 1 || rowsB?.axis === columnAxis) rowsInteract("sums over the rows");
  if ([a, b].some((each) => each?.dependence.kind === "counted"))
    rowsInteract("computes with the number of rows");
  const batches = [left.slice(0, -2), right.slice(0, -2)];
  const rank = Math.max(...batches.map(({ length }) => length));
  const shape = [
    ...stretched(batches, rank),
    ...(left.length > 1 ? [left[left.length - 2] as Size] : []),
    ...(right.length > 1 ? [right[right.length - 1] as Size] : []),
  ];
  const inBatch = (rows: typeof rowsA, whole: readonly Size[]) =>
    rows !== undefined && rows.axis < whole.length - 2;
  const [batchA, batchB] = [inBatch(rowsA, left), inBatch(rowsB, right)];
  if (rowsA !== undefined && rowsB !== undefined && !(batchA && batchB))
    rowsInteract("multiplies each row with every other");
  if (rowsA === undefined && rowsB === undefined) return { dependence: counted, shape };
  if (batchA || batchB) {
    const batched = broadcast([batchOf(a, left), batchOf(b, right)]);
    return rowsValue(shape, rowsOf(batched)?.axis ?? 0);
  }
  return rowsValue(shape, rowsA !== undefined ? rank : rank + (left.length > 1 ? 1 : 0));
}

/** The axes before the matrices. */
function batchOf(value: Value | undefined, shape: readonly Size[]): Value {
  return { dependence: value?.dependence ?? fixed, shape: shape.slice(0, -2) };
}

function gemm({ inputs: [a, b, c], attributes }: OperatorCall): Value {
  const turn = (value: Value | undefined, by: string) => (attributes.integer(by) ? transposed(value) : value);
  const multiplied = product(turn(a, "transA"), turn(b, "transB"));
  return c === undefined ? multiplied : broadcast([multiplied, c]);
}

/** Einsum: each letter is an axis; a letter that the output lacks is summed over. */
function summed({ inputs, attributes }: OperatorCall): Value {
  const equation = (attributes.text("equation") ?? "").replaceAll(" ", "");
  const [terms = "", answer] = equation.split("->");
  if (answer === undefined || equation.includes("."))
    return undecidable(`computes ${equation}, which is not read`);
  const sizes = new Map<string, Size>();
  const letters = new Set<string>();
  inputs.forEach((value, i) => {
    const term = terms.split(",")[i] ?? "";
    const rows = rowsOf(value);
    for (const [axis, size] of shapeOf(value).entries()) {
      const known = sizes.get(term[axis] ?? "") ?? one;
      sizes.set(term[axis] ?? "", stretched([[size], [known]], 1)[0] as Size);
    }
    if (rows !== undefined) letters.add(term[rows.axis] ?? "");
    if (value?.dependence.kind === "counted") rowsInteract("computes with the number of rows");
  });
  const [letter = ""] = letters;
  if (letters.size > 1) rowsInteract("multiplies each row with every other");
  if (!answer.includes(letter)) rowsInteract("sums over the rows");
  inputs.forEach((value, i) => {
    const axis = (terms.split(",")[i] ?? "").indexOf(letter);
    if (axis >= 0 && rowsOf(value) === undefined)
      broadcast([rowsValue([sizes.get(letter) as Size], 0), fixedValue([shapeOf(value)[axis] as Size])]);
    if ((terms.split(",")[i] ?? "").split(letter).length > 2)
      rowsInteract("multiplies each row with every other");
  });
  return rowsValue(
    [...answer].map((each) => sizes.get(each) ?? one),
    answer.indexOf(letter),
  );
}
