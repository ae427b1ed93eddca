/** Makes the inputs of warm-up runs by repeating the golden input's first row. Pure. */
import { gather, scatter } from "../batch.js";
import type { Tensors } from "../engine.js";

/** @param inputs tensors whose first dimension is the batch, of at least one row */
export function rowsLike(inputs: Tensors, rows: number): Tensors {
  const had = Object.values(inputs)[0]?.shape[0] ?? 1;
  const [first = {}] = scatter(inputs, new Array<number>(had).fill(1));
  return gather(new Array<typeof first>(rows).fill(first));
}
