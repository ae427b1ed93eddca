/**
 * Decides whether the rows of a model's inputs are independent in its graph, so that rows of several requests may be
 * computed together. It follows the rows operator by operator, from each input's first axis to each output's. Pure.
 */
import { Evaluation } from "./evaluation.js";
import { declaredSizes, modelGraph, type ValueInfo } from "./graph-file.js";
import { rowCount, same, sizeOf } from "./sizes.js";
import { rowsOf, rowsValue, type Value } from "./values.js";

/** A tensor by its name, with its sizes without the rows; -1 for an open size. */
export interface RowTensor {
  readonly name: string;
  readonly dims: readonly number[];
}

export type RowVerdict =
  /** Each output has one row for each input row, computed from that row alone. */
  | { readonly kind: "independent" }
  /** An operator is known to combine rows; the reason names it. */
  | { readonly kind: "coupled"; readonly reason: string }
  /** An operator has no rule, or its effect depends on values that the graph does not determine. */
  | { readonly kind: "undecided"; readonly reason: string };

/**
 * @param inputs the inputs that hold the rows on their first axis
 * @param outputs the outputs of the model
 */
export function analyseRows(
  model: Uint8Array,
  inputs: readonly RowTensor[],
  outputs: readonly string[],
): RowVerdict {
  try {
    const graph = modelGraph(model);
    const evaluation = new Evaluation(graph);
    const bound = new Map<string, Value>();
    for (const declared of graph.graph.inputs) {
      const given = inputs.find(({ name }) => name === declared.name);
      if (given !== undefined) bound.set(given.name, rowsValue(sizesOf(given, declared, evaluation), 0));
    }
    const values = evaluation.graph(graph.graph, bound);
    const verdicts = graph.graph.outputs.flatMap(({ name }, i) =>
      outputs.includes(name) ? [verdictOf(name, values[i])] : [],
    );
    if (verdicts.length < outputs.length)
      return { kind: "undecided", reason: "an output is not in the graph" };
    return (
      verdicts.find(({ kind }) => kind === "coupled") ??
      verdicts.find(({ kind }) => kind === "undecided") ?? { kind: "independent" }
    );
  } catch (error) {
    return { kind: "undecided", reason: error instanceof Error ? error.message : String(error) };
  }
}

/** The graph's names for open sizes: sizes of one name are equal. */
function sizesOf({ dims }: RowTensor, { shape }: ValueInfo, { unknown }: Evaluation) {
  const [, ...declared] = shape?.length === dims.length + 1 ? declaredSizes(shape, unknown) : [];
  return [
    rowCount,
    ...dims.map((size, axis) => (size >= 0 ? sizeOf(size) : (declared[axis] ?? unknown.next()))),
  ];
}

function verdictOf(name: string, value: Value | undefined): RowVerdict {
  const dependence = value?.dependence;
  if (dependence?.kind === "coupled" || dependence?.kind === "undecided") return dependence;
  const rows = rowsOf(value);
  if (rows === undefined) return { kind: "coupled", reason: `output ${name} has no row for each row asked` };
  if (rows.axis !== 0)
    return { kind: "coupled", reason: `output ${name} has its rows on axis ${rows.axis}, not on the first` };
  if (same(rows.size, rowCount)) return { kind: "independent" };
  return {
    kind: "coupled",
    reason: `output ${name} has several entries for each row asked on its first axis`,
  };
}
