/** Goes through a graph node by node, and through the graphs inside its nodes, with what is known of each value. Pure. */
import { withCount } from "./counted.js";
import { drawsIn, refersOut } from "./every-node.js";
import {
  domainOf,
  functionKey,
  type Graph,
  type GraphNode,
  type LocalFunction,
  type ModelGraph,
} from "./graph-file.js";
import { isRandom, ruleOf } from "./operators.js";
import type { Call, InnerGraph } from "./rule.js";
import { Scope } from "./scope.js";
import { UnknownSizes } from "./sizes.js";
import { CannotTell, type Carry, cannotTell, fixed, RowsMeet, type Value } from "./values.js";

/** Nodes that are looked at, those in loops each time: a graph of more is not followed. */
const nodesMax = 2_000_000;
const functionsMax = 32;

export class Evaluation {
  readonly unknown = new UnknownSizes();
  private looked = 0;
  private readonly opsets: ReadonlyMap<string, number>[];

  constructor(private readonly model: ModelGraph) {
    this.opsets = [model.opsets];
  }

  /** The values of the outputs, in their order. */
  graph(graph: Graph, inputs: ReadonlyMap<string, Value>, around?: Scope): Value[] {
    const scope = new Scope(around);
    for (const [name, value] of graph.constants) scope.set(name, value);
    for (const [name, value] of inputs) scope.set(name, value);
    this.nodes(graph.nodes, scope);
    return graph.outputs.map(({ name }) => scope.get(name) ?? missing(name));
  }

  private nodes(nodes: readonly GraphNode[], scope: Scope): void {
    for (const node of nodes) {
      const outputs = this.node(node, scope);
      node.outputs.forEach((name, i) => {
        if (name !== "") scope.set(name, outputs[i] ?? missing(name));
      });
    }
  }

  private node(node: GraphNode, scope: Scope): readonly Value[] {
    if (++this.looked > nodesMax)
      return all(node, { kind: "undecided", reason: `it has more than ${nodesMax} nodes` });
    const inputs = node.inputs.map((name) => (name === "" ? undefined : (scope.get(name) ?? missing(name))));
    const told = [...inputs, ...scope.takenBy(node)].flatMap((value) => value?.carry ?? []);
    const troubled =
      told.find(({ kind }) => kind === "coupled") ?? told.find(({ kind }) => kind === "undecided");
    if (troubled !== undefined) return all(node, troubled);
    const kinds = new Set(told.map(({ kind }) => kind));
    const reasoned = (reason: string) => `${node.operator} "${node.name || node.outputs[0]}" ${reason}`;
    if (isRandom(node.operator))
      return all(node, { kind: "coupled", reason: reasoned("draws at random: no answer is the same twice") });
    if (kinds.has("own")) return this.ownRow(node, inputs, scope, kinds, reasoned);
    try {
      return this.outputs(node, inputs, scope).map((value) => named(value, reasoned));
    } catch (error) {
      const rows = kinds.has("rows") || kinds.has("counted");
      if (!(error instanceof RowsMeet || error instanceof CannotTell)) throw error;
      if (!rows) return all(node, fixed);
      return all(node, {
        kind: error instanceof RowsMeet ? "coupled" : "undecided",
        reason: reasoned(error.message),
      });
    }
  }

  /** Inside a Scan over the rows: whatever is made of one row and of constants is that row's. */
  private ownRow(
    node: GraphNode,
    inputs: readonly (Value | undefined)[],
    scope: Scope,
    kinds: ReadonlySet<Carry["kind"]>,
    reasoned: (reason: string) => string,
  ): readonly Value[] {
    if (kinds.has("rows"))
      return all(node, { kind: "coupled", reason: reasoned("holds each row against all") });
    if (kinds.has("counted"))
      return all(node, { kind: "coupled", reason: reasoned("computes with the number of rows") });
    const own: Carry = { kind: "own" };
    if (node.graphs.size > 0) {
      const random = [...node.graphs.values()].some((graph) => drawsIn(graph.nodes, this.model.functions));
      return all(node, random ? { kind: "coupled", reason: reasoned("draws at random") } : own);
    }
    try {
      const alone = inputs.map((value) => value && { ...value, carry: fixed });
      return this.outputs(node, alone, scope).map((value) =>
        value.carry.kind === "coupled" ? named(value, reasoned) : { carry: own, shape: value.shape },
      );
    } catch (error) {
      if (!(error instanceof RowsMeet || error instanceof CannotTell)) throw error;
      return all(node, own);
    }
  }

  private outputs(node: GraphNode, inputs: readonly (Value | undefined)[], scope: Scope): readonly Value[] {
    const domain = domainOf(node.domain);
    const rule = ruleOf(domain, node.operator);
    const local = this.model.functions.get(functionKey(node.domain, node.operator));
    if (local !== undefined && rule !== undefined)
      return cannotTell("is an operator and a function of the model");
    if (local !== undefined) return this.function(local, inputs);
    if (rule === undefined)
      return cannotTell("is an operator of which it is not known that it keeps rows apart");
    const graphs = [...node.graphs].map(([name, graph]) => [name, this.inner(graph, scope)] as const);
    const call: Call = {
      operator: node.operator,
      opset: this.opsets.at(-1)?.get(domain) ?? 1,
      inputs,
      attributes: node.attributes,
      outputs: node.outputs,
      graphs: new Map(graphs),
      unknown: this.unknown,
    };
    const answered = rule(call);
    const values = "carry" in answered ? [answered] : answered;
    return graphs.length > 0 ? values : values.map((value) => withCount(call, value));
  }

  private function(local: LocalFunction, inputs: readonly (Value | undefined)[]): readonly Value[] {
    if (this.opsets.length > functionsMax) return cannotTell("calls itself");
    if (refersOut(local.nodes)) return cannotTell("is a function with attributes, which is not followed");
    const scope = new Scope();
    local.inputs.forEach((name, i) => {
      const value = inputs[i];
      if (value !== undefined) scope.set(name, value);
    });
    this.opsets.push(local.opsets);
    try {
      this.nodes(local.nodes, scope);
    } finally {
      this.opsets.pop();
    }
    return local.outputs.map((name) => scope.get(name) ?? missing(name));
  }

  private inner(graph: Graph, scope: Scope): InnerGraph {
    return {
      inputs: graph.inputs,
      outputs: graph.outputs,
      passes: (input, output) => sourceOf(graph, graph.outputs[output]?.name) === graph.inputs[input]?.name,
      evaluate: (values) => {
        const bound = graph.inputs.map(({ name }, i) => [name, values[i] ?? { carry: fixed }] as const);
        return this.graph(graph, new Map(bound), scope);
      },
    };
  }
}

/** Where a value comes from, through nodes that change nothing. */
function sourceOf({ nodes }: Graph, name: string | undefined): string | undefined {
  let source = name;
  for (const { operator, inputs, outputs } of [...nodes].reverse())
    if (operator === "Identity" && outputs[0] === source) source = inputs[0];
  return source;
}

function named(value: Value, reasoned: (reason: string) => string): Value {
  const { carry } = value;
  if (carry.kind !== "coupled" && carry.kind !== "undecided") return value;
  return carry.reason.includes('"') ? value : { carry: { kind: carry.kind, reason: reasoned(carry.reason) } };
}

function all({ outputs }: GraphNode, carry: Carry): Value[] {
  return outputs.map(() => ({ carry }));
}

function missing(name: string): Value {
  return { carry: { kind: "undecided", reason: `nothing in the graph makes "${name}"` } };
}
