/** The values that were computed so far, with those of the enclosing graphs. Pure. */
import type { GraphProto, NodeProto } from "./graph-file.js";
import type { Value } from "./values.js";

export class GraphScope {
  private readonly values = new Map<string, Value>();

  constructor(private readonly around?: GraphScope) {}

  get(name: string): Value | undefined {
    return this.values.get(name) ?? this.around?.get(name);
  }

  set(name: string, value: Value): void {
    this.values.set(name, value);
  }

  /** The values that the graphs inside a node use from the enclosing graphs. */
  takenBy(node: NodeProto): Value[] {
    if (node.graphs.size === 0) return [];
    return [...node.graphs.values()].flatMap((graph) =>
      [...freeNames(graph)].flatMap((name) => this.get(name) ?? []),
    );
  }
}

const known = new WeakMap<GraphProto, ReadonlySet<string>>();

function freeNames(graph: GraphProto): ReadonlySet<string> {
  const before = known.get(graph);
  if (before !== undefined) return before;
  const made = new Set([...graph.constants.keys(), ...graph.inputs.map(({ name }) => name)]);
  const free = new Set<string>();
  const use = (name: string) => {
    if (name !== "" && !made.has(name)) free.add(name);
  };
  for (const node of graph.nodes) {
    for (const name of node.inputs) use(name);
    for (const inside of node.graphs.values()) for (const name of freeNames(inside)) use(name);
    for (const name of node.outputs) made.add(name);
  }
  for (const { name } of graph.outputs) use(name);
  known.set(graph, free);
  return free;
}
