/**
 * Makes the rows of trials from the golden rows, and chooses the batches that they are computed in. Deterministic.
 * Pure.
 */
import type { Tensor } from "../../../protocol/tensor.js";
import { gather, scatter } from "../../batch.js";
import type { Tensors } from "../../engine.js";

/** One row of each input. */
export type RowTensors = ReturnType<typeof scatter>[number];

export interface TrialRow {
  readonly row: RowTensors;
  /** The row is a golden row itself, not one derived from it. */
  readonly given: boolean;
  /** The row's numbers use all their digits. */
  readonly fine?: true;
}

const rowsTaken = 6;
/** Factors for rows of other magnitudes, which show a sum or a norm that runs across rows. */
const scales = [-1, 1e-3, 30, 1e4];
/** Limit on the bytes of a batch's inputs. */
const batchBytesMax = 32 * 1024 * 1024;

/** @param inputs tensors whose first dimension is the rows, of at least one row */
export function trialRows(inputs: Tensors): TrialRow[] {
  const count = Object.values(inputs)[0]?.shape[0] ?? 0;
  const rows = (of: Tensors) => scatter(of, new Array<number>(count).fill(1)).slice(0, rowsTaken);
  const given = rows(inputs).map((row) => ({ row, given: true }));
  const made = [
    ...scales.map((scale) => mapped(inputs, (value) => value * scale)),
    mapped(inputs, () => 0.375),
    mapped(inputs, (_, column, width) => (column - width / 2) / 4), // sorted
  ];
  return [
    ...given,
    ...made.flatMap((each) =>
      rows(each)
        .slice(0, 3)
        .map((row) => ({ row, given: false })),
    ),
    ...fineRows(given),
  ];
}

/**
 * Number of rows whose numbers use all their digits. A linear model rounds one such row in five differently in a
 * batch, a robust model one in 160.
 */
const fineRowsMax = 256;

/**
 * Golden numbers often have few digits, and sums of such numbers have the same bits in any order, so rows of more
 * digits are added.
 */
function fineRows(given: readonly TrialRow[]): TrialRow[] {
  const bytes = given.reduce((most, { row }) => Math.max(most, bytesOf(row)), 1);
  const count = given.length === 0 ? 0 : Math.min(fineRowsMax, Math.floor(batchBytesMax / bytes));
  let made = 0;
  const fine = (value: number) => (value === 0 ? 1 : value) * (0.5 + ((++made * 0.6180339887498949) % 1));
  return Array.from({ length: count }, (_, i) => {
    const { row } = given[i % given.length] as TrialRow;
    return { row: scatter(mapped(gather([row]), fine), [1])[0] as RowTensors, given: false, fine: true };
  });
}

/**
 * Replaces the floats of the inputs. Integers and strings stay as they are: they may be ids, of which the model
 * accepts only some.
 */
function mapped(inputs: Tensors, make: (value: number, column: number, width: number) => number): Tensors {
  const entries = Object.entries(inputs).map(([name, tensor]): [string, Tensor] => {
    const { datatype, shape, data } = tensor;
    if (datatype !== "FP32" && datatype !== "FP64") return [name, tensor];
    const width = shape.slice(1).reduce((product, size) => product * size, 1);
    const values = data.slice() as Float32Array | Float64Array;
    values.forEach((value, i) => {
      values[i] = make(value, i % width, width);
    });
    return [name, { ...tensor, data: values } as Tensor];
  });
  return Object.fromEntries(entries);
}

/**
 * Numbers of rows in a batch, the most informative first: kernels take other code paths at 4, 8, 16 rows and beyond.
 */
const sizes = [2, 8, 3, 17, 7, 64, 33, 16];

/** The batches, each a list of row indices below `count` in order; an index may occur several times. */
export function trialBatches(count: number, rowsMax: number, rowBytes: number, given: number): number[][] {
  const fit = Math.min(rowsMax, Math.max(2, Math.floor(batchBytesMax / Math.max(1, rowBytes))));
  const mixed = sizes.filter((size) => size <= fit).map((size) => cycle(count, size, size));
  const at = (size: number) => Math.min(size, fit);
  return [
    ...mixed,
    // One golden row among rows of other magnitudes.
    ...Array.from({ length: Math.min(given, 2) }, (_, row) => [
      row,
      ...cycle(count - given, at(33) - 1, row).map((i) => i + given),
    ]),
    // The same row repeated, and reversed orders.
    new Array<number>(at(16)).fill(0),
    cycle(count, at(64), 0).reverse(),
    cycle(count, at(8), 3).reverse(),
  ].filter((batch) => batch.length > 1 && batch.every((row) => row < count));
}

/** Batches of about 32 rows that contain each row of full digits once. */
export function fineBatches(from: number, until: number, rowsMax: number): number[][] {
  const size = Math.min(32, rowsMax);
  const places = Array.from({ length: until - from }, (_, i) => from + i);
  const count = Math.ceil(places.length / size);
  return Array.from({ length: count }, (_, i) => places.slice(i * size, (i + 1) * size));
}

function cycle(count: number, size: number, from: number): number[] {
  // A step of 5 puts rows of different kinds beside each other.
  return Array.from({ length: size }, (_, i) => (from + i * 5) % Math.max(1, count));
}

export function bytesOf(row: RowTensors): number {
  return Object.values(row).reduce(
    (sum, { data }) =>
      sum + (data instanceof Uint8Array ? data.length : data.reduce((all, text) => all + text.length, 0)),
    0,
  );
}
