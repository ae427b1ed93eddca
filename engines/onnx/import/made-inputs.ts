/** Generates inputs to try a graph with, where the user gave none. Deterministic. Pure. */

import { packNumbers } from "../../../protocol/number-list.js";
import { type Datatype, elementCount, fromWire, type Tensor } from "../../../protocol/tensor.js";
import type { Tensors } from "../../engine.js";
import type { GraphTensor } from "./graph-tensors.js";

/** The half-precision bits of 0, 0.5, 1 and -1. */
const halves = [0x0000, 0x3800, 0x3c00, 0xbc00];

/**
 * Generates tensors in which sizes of one name are equal.
 * @param rows the first dimension where it is open
 * @param open the size of all other open dimensions
 * @param seed another seed gives other numbers
 */
export function madeInputs(inputs: readonly GraphTensor[], rows: number, open: number, seed = 0): Tensors {
  const rowSymbols = rowSymbolsOf(inputs);
  const made = inputs.flatMap(({ name, datatype, shape, symbols }) => {
    if (datatype === null) return [];
    const sizes = shape.map((size, axis) => {
      const symbol = symbols[axis] ?? null;
      const isRows = symbol === null ? axis === 0 : rowSymbols.has(symbol);
      return size ?? (isRows ? rows : open);
    });
    return [[name, tensorOf(datatype, sizes, seed)] as const];
  });
  return Object.fromEntries(made);
}

/**
 * The names of sizes that stand for the number of rows: the name of the first input's first dimension, and names used
 * only for first dimensions, because exporters name the rows of each input differently.
 */
export function rowSymbolsOf(inputs: readonly GraphTensor[]): ReadonlySet<string> {
  const first = inputs.flatMap(({ symbols }) => symbols[0] ?? []);
  const inside = new Set(inputs.flatMap(({ symbols }) => symbols.slice(1)));
  return new Set(first.filter((symbol, at) => at === 0 || !inside.has(symbol)));
}

function tensorOf(datatype: Datatype, shape: readonly number[], seed: number): Tensor {
  const count = elementCount(shape);
  if (datatype === "BYTES")
    return { datatype, shape, data: Array.from({ length: count }, (_, i) => (i % 2 === 0 ? "a" : "b")) };
  const list = Array.from({ length: count }, (_, i) => elementOf(datatype, i + seed * 1_009));
  return fromWire({ datatype, shape, data: packNumbers(datatype, list, count, "made") });
}

/** Floats between -2 and 2; integers 0 and 1, which are valid indices into any axis of two entries or more. */
function elementOf(datatype: Exclude<Datatype, "BYTES">, i: number): number | boolean {
  if (datatype === "BOOL") return i % 2 === 0;
  if (datatype === "FP16") return halves[i % halves.length] ?? 0;
  if (datatype.startsWith("FP")) return Math.round(Math.sin(1 + i * 7.13) * 2_000) / 1_000;
  return i % 2;
}
