/** Tables for the training bench: factor returns, and a target that depends on three of them. */
import type { WireTensor } from "../../protocol/tensor.js";
import { dataFor } from "./numerics-data.js";

export const shape = { rows: 2_500, columns: 20 };

export interface ForestTable {
  /** Row-major. */
  readonly X: Float64Array;
  readonly y: Float64Array;
}

/** Another `variant` gives other rows of the same kind. */
export function forestTable(variant: number): ForestTable {
  const { rows: n, columns: p } = shape;
  const X = dataFor({ fit: "", n, p, ours: {}, theirs: {} }, variant);
  const noise = dataFor({ fit: "", n, p: 1, ours: {}, theirs: {}, data: "noise" }, variant);
  const at = (row: number, column: number) => X[row * p + column] as number;
  const y = noise.map((each, i) => at(i, 0) * at(i, 1) + Math.abs(at(i, 2)) + 0.1 * each);
  return { X, y };
}

/** The first rows as tensors. */
export function inputsOf({ X, y }: ForestTable, rows: number): Record<"X" | "y", WireTensor> {
  const { columns } = shape;
  return {
    X: { datatype: "FP64", shape: [rows, columns], data: bytesOf(X.subarray(0, rows * columns)) },
    y: { datatype: "FP64", shape: [rows], data: bytesOf(y.subarray(0, rows)) },
  };
}

/** A matrix whose last column is the target, as the peer reads it. */
export function matrixOf({ X, y }: ForestTable): Uint8Array {
  const { rows, columns } = shape;
  const matrix = new Float64Array(rows * (columns + 1));
  for (let i = 0; i < rows; i++) {
    matrix.set(X.subarray(i * columns, (i + 1) * columns), i * (columns + 1));
    matrix[i * (columns + 1) + columns] = y[i] as number;
  }
  return bytesOf(matrix);
}

function bytesOf(values: Float64Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}
