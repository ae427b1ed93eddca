/** Evaluates a graph node by node, with the graphs inside its nodes, on what is known of each value. Pure. */
import { withCount } from "./counted.js";
import { drawsIn, refersOut } from "./every-node.js";
import {
  domainOf,
  type FunctionProto,
  functionKey,
  type GraphProto,
  type ModelProto,
  type NodeProto,
} from "./graph-file.js";
import { isRandom, ruleOf } from "./operators.js";
import type { OperatorCall, Subgraph } from "./rule.js";
import { GraphScope } from "./scope.js";
import { UnknownSizes } from "./sizes.js";
import {
  fixed,
  type RowDependence,
  RowsInteractError,
  UndecidableError,
  undecidable,
  type Value,
} from "./values.js";

/** Limit on evaluated nodes, where those in loops count each time; a larger graph is undecided. */
const nodesMax = 2_000_000;
const functionsMax = 32;

export class Evaluation {
  readonly unknown = new UnknownSizes();
  private looked = 0;
  private readonly opsets: ReadonlyMap<string, number>[];

  constructor(private readonly model: ModelProto) {
    this.opsets = [model.opsets];
  }

  /** The values of the outputs, in their order. */
  graph(graph: GraphProto, inputs: ReadonlyMap<string, Value>, around?: GraphScope): Value[] {
    const scope = new GraphScope(around);
    for (const [name, value] of graph.constants) scope.set(name, value);
    for (const [name, value] of inputs) scope.set(name, value);
    this.nodes(graph.nodes, scope);
    return graph.outputs.map(({ name }) => scope.get(name) ?? missing(name));
  }

  private nodes(nodes: readonly NodeProto[], scope: GraphScope): void {
    for (const node of nodes) {
      const outputs = this.node(node, scope);
      node.outputs.forEach((name, i) => {
        if (name !== "") scope.set(name, outputs[i] ?? missing(name));
      });
    }
  }

  private node(node: NodeProto, scope: GraphScope): readonly Value[] {
    if (++this.looked > nodesMax)
      return all(node, { kind: "undecided", reason: `it has more than ${nodesMax} nodes` });
    const inputs = node.inputs.map((name) => (name === "" ? undefined : (scope.get(name) ?? missing(name))));
    const told = [...inputs, ...scope.takenBy(node)].flatMap((value) => value?.dependence ?? []);
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
      if (!(error instanceof RowsInteractError || error instanceof UndecidableError)) throw error;
      if (!rows) return all(node, fixed);
      return all(node, {
        kind: error instanceof RowsInteractError ? "coupled" : "undecided",
        reason: reasoned(error.message),
      });
    }
  }

  /** Inside a Scan over the rows, a value computed from one row and from constants belongs to that row. */
  private ownRow(
    node: NodeProto,
    inputs: readonly (Value | undefined)[],
    scope: GraphScope,
    kinds: ReadonlySet<RowDependence["kind"]>,
    reasoned: (reason: string) => string,
  ): readonly Value[] {
    if (kinds.has("rows"))
      return all(node, { kind: "coupled", reason: reasoned("holds each row against all") });
    if (kinds.has("counted"))
      return all(node, { kind: "coupled", reason: reasoned("computes with the number of rows") });
    const own: RowDependence = { kind: "own" };
    if (node.graphs.size > 0) {
      const random = [...node.graphs.values()].some((graph) => drawsIn(graph.nodes, this.model.functions));
      return all(node, random ? { kind: "coupled", reason: reasoned("draws at random") } : own);
    }
    try {
      const alone = inputs.map((value) => value && { ...value, dependence: fixed });
      return this.outputs(node, alone, scope).map((value) =>
        value.dependence.kind === "coupled"
          ? named(value, reasoned)
          : { dependence: own, shape: value.shape },
      );
    } catch (error) {
      if (!(error instanceof RowsInteractError || error instanceof UndecidableError)) throw error;
      return all(node, own);
    }
  }

  private outputs(
    node: NodeProto,
    inputs: readonly (Value | undefined)[],
    scope: GraphScope,
  ): readonly Value[] {
    const domain = domainOf(node.domain);
    const rule = ruleOf(domain, node.operator);
    const local = this.model.functions.get(functionKey(node.domain, node.operator));
    if (local !== undefined && rule !== undefined)
      return undecidable("is an operator and a function of the model");
    if (local !== undefined) return this.function(local, inputs);
    if (rule === undefined)
      return undecidable("is an operator of which it is not known that it keeps rows apart");
    const graphs = [...node.graphs].map(([name, graph]) => [name, this.inner(graph, scope)] as const);
    const call: OperatorCall = {
      operator: node.operator,
      opset: this.opsets.at(-1)?.get(domain) ?? 1,
      inputs,
      attributes: node.attributes,
      outputs: node.outputs,
      graphs: new Map(graphs),
      unknown: this.unknown,
    };
    const answered = rule(call);
    const values = "dependence" in answered ? [answered] : answered;
    return graphs.length > 0 ? values : values.map((value) => withCount(call, value));
  }

  private function(local: FunctionProto, inputs: readonly (Value | undefined)[]): readonly Value[] {
    if (this.opsets.length > functionsMax) return undecidable("calls itself");
    if (refersOut(local.nodes)) return undecidable("is a function with attributes, which is not followed");
    const scope = new GraphScope();
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

  private inner(graph: GraphProto, scope: GraphScope): Subgraph {
    return {
      inputs: graph.inputs,
      outputs: graph.outputs,
      passes: (input, output) => sourceOf(graph, graph.outputs[output]?.name) === graph.inputs[input]?.name,
      evaluate: (values) => {
        const bound = graph.inputs.map(({ name }, i) => [name, values[i] ?? { dependence: fixed }] as const);
        return this.graph(graph, new Map(bound), scope);
      },
    };
  }
}

/** The node that produced a value, found through nodes that do not change it. */
function sourceOf({ nodes }: GraphProto, name: string | undefined): string | undefined {
  let source = name;
  for (const { operator, inputs, outputs } of [...nodes].reverse())
    if (operator === "Identity" && outputs[0] === source) source = inputs[0];
  return source;
}

function named(value: Value, reasoned: (reason: string) => string): Value {
  const { dependence } = value;
  if (dependence.kind !== "coupled" && dependence.kind !== "undecided") return value;
  return dependence.reason.includes('"')
    ? value
    : { dependence: { kind: dependence.kind, reason: reasoned(dependence.reason) } };
}

function all({ outputs }: NodeProto, dependence: RowDependence): Value[] {
  return outputs.map(() => ({ dependence }));
}

function missing(name: string): Value {
  return { dependence: { kind: "undecided", reason: `nothing in the graph makes "${name}"` } };
}
