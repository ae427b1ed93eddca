/** Whether a graph's first dimension is a batch: the rows of an answer are what each row alone is answered. */
import { gather, scatter } from "../../batch.js";
import type { Tensors } from "../../pool/messages.js";
import { mismatch } from "../golden.js";
import { rowsLike } from "../warm-up.js";
import type { GraphTensors } from "./graph-tensors.js";

/** How far a row's answer alone may be from its answer among others: kernels add in another order. */
const tolerance = { rtol: 1e-4, atol: 1e-5, madeBy: "the row alone" };

const rowsTried = 8;

export type Run = (inputs: Tensors) => Promise<Tensors>;

/** Why rows cannot be gathered; undefined when they can. @param inputs with at least one row */
export async function whyUnbatched(
  graph: GraphTensors,
  inputs: Tensors,
  run: Run,
): Promise<string | undefined> {
  for (const { name, shape } of graph.inputs) {
    if (shape.length === 0) return `input ${name} has no dimensions`;
    if (shape[0] !== null)
      return `input ${name} takes exactly ${shape[0]} rows; export it with an open first dimension to have requests computed together`;
  }
  const rows = Object.values(inputs).map(({ shape }) => shape[0]);
  const [first = 1] = rows;
  if (rows.some((each) => each !== first)) return "its inputs' first dimensions differ";
  const several = first > 1 ? inputs : rowsLike(inputs, 3);
  const count = first > 1 ? first : 3;
  const together = await run(several).catch(() => undefined);
  if (together === undefined) return `it answers ${first} rows, but not ${count}`;
  for (const [name, { shape }] of Object.entries(together))
    if (shape[0] !== count) return `output ${name} has shape [${shape}] for ${count} rows`;
  const ones = new Array<number>(count).fill(1);
  const answers = scatter(together, ones);
  for (const [at, row] of scatter(several, ones).slice(0, rowsTried).entries()) {
    const alone = await run(gather([row])).catch(() => undefined);
    if (alone === undefined) return `it answers ${count} rows, but not one`;
    const wrong = mismatch({ ...tolerance, inputs: {}, outputs: alone }, gather([answers[at] ?? {}]));
    if (wrong !== undefined) return `a row's answer depends on the rows beside it: ${wrong}`;
  }
  return undefined;
}
