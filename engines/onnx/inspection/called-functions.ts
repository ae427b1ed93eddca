/**
 * How many nodes a graph has once the model's own functions are put in where they are called: thirty functions that
 * each call the next one twice are a billion nodes in a file of four kilobytes. Pure.
 */

/** Nodes of a graph or a function, by `domain:operator`. */
export type OperatorCounts = ReadonlyMap<string, number>;

/** @throws when a function calls itself */
export function expandedNodes(graph: OperatorCounts, functions: ReadonlyMap<string, OperatorCounts>): number {
  const known = new Map<string, number>();
  const calling = new Set<string>();
  return nodesOf(graph);

  function nodesOf(counts: OperatorCounts): number {
    let nodes = 0;
    for (const [key, count] of counts) nodes += count * (functions.has(key) ? ofFunction(key) + 1 : 1);
    return nodes;
  }

  function ofFunction(key: string): number {
    const found = known.get(key);
    if (found !== undefined) return found;
    if (calling.has(key)) throw new Error(`its function ${key} calls itself`);
    calling.add(key);
    const nodes = nodesOf(functions.get(key) ?? new Map());
    calling.delete(key);
    known.set(key, nodes);
    return nodes;
  }
}
