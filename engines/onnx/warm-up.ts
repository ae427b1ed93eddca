/** Inputs for the runs that warm a session: the golden input's first row, again and again. Pure. */
import { gather, scatter } from "../batch.js";
import type { Tensors } from "../engine.js";

/** @param inputs each with the batch as its first dimension, at least one row */
export function rowsLike(inputs: Tensors, rows: number): Tensors {
  const had = Object.values(inputs)[0]?.shape[0] ?? 1;
  const [first = {}] = scatter(inputs, new Array<number>(had).fill(1));
  return gather(new Array<typeof first>(rows).fill(first));
}
