/** Decides whether a graph's first dimension is a batch, by its inputs' shapes, its operators and trials. */
import type { Tensors } from "../../engine.js";
import type { Batching } from "../../servable.js";
import { analyseRows } from "../row-analysis/row-analysis.js";
import { judgeRows } from "../row-proof.js";
import { trialRows } from "../row-trials/rows.js";
import type { InferenceFunction } from "../row-trials/try-rows.js";
import type { GraphTensors } from "./graph-tensors.js";

/**
 * @param inputs tensors of at least one row
 * @param rowsMax limit on the rows in one batch
 */
export async function batchingOf(
  model: Uint8Array,
  graph: GraphTensors,
  inputs: Tensors,
  run: InferenceFunction,
  rowsMax: number,
): Promise<Batching> {
  const reason = whyNoBatch(graph, inputs);
  if (reason !== undefined) return { together: false, reason };
  const verdict = analyseRows(
    model,
    graph.inputs.map(({ name, shape }) => ({ name, dims: shape.slice(1).map((size) => size ?? -1) })),
    graph.outputs.map(({ name }) => name),
  );
  return judgeRows(verdict, trialRows(inputs), run, "proven", rowsMax);
}

function whyNoBatch({ inputs: specs }: GraphTensors, inputs: Tensors): string | undefined {
  for (const { name, shape } of specs) {
    if (shape.length === 0) return `input ${name} has no dimensions`;
    if (shape[0] !== null)
      return `input ${name} takes exactly ${shape[0]} rows; export it with an open first dimension to have requests computed together`;
  }
  const named = new Set(specs.map(({ symbols: [first] }) => first));
  for (const { name, symbols } of specs)
    for (const [axis, symbol] of symbols.entries())
      if (axis > 0 && symbol !== null && named.has(symbol))
        return `the number of rows, ${symbol}, is also the size of axis ${axis} of input ${name}`;
  const rows = Object.values(inputs).map(({ shape }) => shape[0]);
  return rows.some((each) => each !== rows[0]) ? "its inputs' first dimensions differ" : undefined;
}

/** A sentence on how exact the answers of rows that are computed together are. */
export function answersOf(batching: Extract<Batching, { together: true }>): string {
  const { exact, trials, worst } = batching;
  return exact
    ? `bit by bit in ${trials} trials`
    : `within ${worst.toPrecision(2)} of a row's largest number in ${trials} trials`;
}
