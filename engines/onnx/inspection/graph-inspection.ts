/**
 * Inspects a model's file without ONNX Runtime: what it counts, announces, asks for and refers to. The file is read
 * from end to end in bounded memory; whatever it holds, inspecting it neither crashes nor runs on. What two readers
 * of the file could understand differently is refused.
 */
import { expandedNodes, type OperatorCounts } from "./called-functions.js";
import {
  attributeFields,
  functionFields,
  graphFields,
  modelFields,
  nodeFields,
  opsetFields,
  sparseFields,
  trainingFields,
} from "./graph-fields.js";
import { madeBytes, makers, type TensorMaker } from "./made-tensors.js";
import { type MessageField, MessageFile } from "./message-file.js";
import { type ModelLimits, requireLimit } from "./model-limits.js";
import { domainOf, whyRefused } from "./operator-rules.js";
import { type ExternalTensor, elementsOf, inspectTensor } from "./tensor-inspection.js";

export interface GraphInspection {
  readonly irVersion: number;
  /** The version of each operator set, by domain; the empty domain is ONNX's own. */
  readonly opsets: ReadonlyMap<string, number>;
  /** Nodes, with those of inner graphs and of functions where they are called. */
  readonly nodes: number;
  readonly initializers: number;
  readonly inputs: number;
  readonly outputs: number;
  /** How deep graphs lie inside graphs; 0: there are none. */
  readonly nesting: number;
  /** Bytes of the tensors that the file holds or refers to, as their shapes announce them. */
  readonly tensorBytes: number;
  /** Bytes at least of the tensors that the graph makes from constants. */
  readonly madeBytes: number;
  /** Bytes of documentation and metadata. */
  readonly metadataBytes: number;
  /** Nodes by operator, in all graphs and functions, as `domain:operator`. */
  readonly operators: OperatorCounts;
  readonly external: readonly ExternalTensor[];
  /** The operators that are refused, and why; each operator once. */
  readonly refusedOperators: readonly string[];
  /** Whether the file carries the graphs of a training. */
  readonly trains: boolean;
}

/** Limits on what is remembered of a file. */
const operatorsMax = 4_096;
const functionsMax = 4_096;
const makersMax = 100_000;
const constantsMax = 100_000;
const opsetsMax = 256;

/** @throws saying why the file is not a model, or which limit it exceeds */
export function inspectGraph(path: string, limits: ModelLimits): GraphInspection {
  const file = MessageFile.open(path);
  try {
    return new GraphInspector(file, limits).model();
  } finally {
    file.close();
  }
}

class GraphInspector {
  private irVersion = 0;
  private nodes = 0;
  private initializers = 0;
  private inputs = 0;
  private outputs = 0;
  private nesting = 0;
  private tensorBytes = 0;
  private metadataBytes = 0;
  private trains = false;
  private readonly opsets = new Map<string, number>();
  private readonly operators = new Map<string, number>();
  private readonly functions = new Map<string, OperatorCounts>();
  private readonly external: ExternalTensor[] = [];
  private readonly makers: TensorMaker[] = [];
  private readonly constants = new Map<string, readonly number[]>();
  /** The counts of the graph or the function that is being read. */
  private counts = new Map<string, number>();

  constructor(
    private readonly file: MessageFile,
    private readonly limits: ModelLimits,
  ) {}

  model(): GraphInspection {
    const { file, limits } = this;
    let graph: OperatorCounts | undefined;
    for (const field of file.fields(0, file.size)) {
      if (field.number === modelFields.irVersion) this.irVersion = field.value;
      else if (field.number === modelFields.opsetImport) this.opset(field);
      else if (field.number === modelFields.graph) {
        if (graph !== undefined) throw new Error("it holds two graphs, which readers would put together");
        graph = this.scope(() => this.graph(field, 0, true));
      } else if (field.number === modelFields.functions) this.function(field);
      else if (field.number === modelFields.training) this.training(field);
      else if (field.number === modelFields.metadata || field.number === modelFields.documentation)
        this.metadataBytes += field.to - field.from;
    }
    if (graph === undefined) throw new Error("it holds no graph");
    const nodes = expandedNodes(graph, this.functions);
    requireLimit(nodes, "nodes with those of its functions", "nodes", limits);
    const made = madeBytes(this.makers, this.constants);
    requireLimit(made, "bytes of tensors that it makes from constants", "tensor_bytes", limits);
    const { irVersion, opsets, initializers, inputs, outputs, nesting, tensorBytes, metadataBytes } = this;
    const { operators, external, trains } = this;
    return {
      ...{ irVersion, opsets, nodes, initializers, inputs, outputs, nesting, tensorBytes, metadataBytes },
      ...{ operators, external, trains, madeBytes: made, refusedOperators: this.refused() },
    };
  }

  /** Counts the operators of one graph with its inner graphs, or of one function. */
  private scope(read: () => void): OperatorCounts {
    this.counts = new Map();
    read();
    return this.counts;
  }

  private graph(graph: MessageField, depth: number, isOutermost: boolean): void {
    const { file, limits } = this;
    this.nesting = Math.max(this.nesting, depth);
    requireLimit(depth, "graphs inside each other", "nesting", limits);
    for (const field of file.fields(graph.from, graph.to)) {
      if (field.number === graphFields.node) this.node(field, depth);
      else if (field.number === graphFields.initializer) this.initializer(field, false);
      else if (field.number === graphFields.sparseInitializer) this.initializer(field, true);
      else if (isOutermost && field.number === graphFields.input) this.inputs++;
      else if (isOutermost && field.number === graphFields.output) this.outputs++;
      else if (field.number === graphFields.metadata || field.number === graphFields.documentation)
        this.metadataBytes += field.to - field.from;
    }
    requireLimit(this.inputs + this.outputs, "inputs and outputs", "inputs_and_outputs", limits);
  }

  private node(node: MessageField, depth: number): void {
    const { file } = this;
    requireLimit(++this.nodes, "nodes", "nodes", this.limits);
    const inputs: MessageField[] = [];
    const attributes: MessageField[] = [];
    let [operator, domain, overload, output] = ["", "", "", ""];
    for (const field of file.fields(node.from, node.to)) {
      if (field.number === nodeFields.operator) operator = file.text(field);
      else if (field.number === nodeFields.domain) domain = domainOf(file.text(field));
      else if (field.number === nodeFields.overload) overload = file.text(field);
      else if (field.number === nodeFields.input && inputs.length < 2) inputs.push(field);
      else if (field.number === nodeFields.output && output === "") output = file.text(field);
      else if (field.number === nodeFields.attribute) attributes.push(field);
      else if (field.number === nodeFields.metadata || field.number === nodeFields.documentation)
        this.metadataBytes += field.to - field.from;
      if (attributes.length > operatorsMax)
        throw new Error(`a node has more than ${operatorsMax} attributes`);
    }
    this.count(keyOf(domain, operator, overload));
    const maker = domain === "" ? makers[operator] : undefined;
    if (typeof maker === "number") {
      const input = inputs[maker];
      if (input !== undefined) this.make({ operator, sizesInput: file.text(input), sizes: null });
    }
    for (const attribute of attributes) {
      const sizes = this.attribute(attribute, depth, operator === "Constant" ? output : null, maker);
      if (sizes !== null) this.make({ operator, sizesInput: null, sizes });
    }
  }

  /**
   * @param constant the name of the value that the attribute's tensor is; null: it is none
   * @param sizesName the name of an attribute whose integers are returned
   */
  private attribute(
    attribute: MessageField,
    depth: number,
    constant: string | null,
    sizesName: number | string | undefined,
  ): number[] | null {
    const { file } = this;
    const single = new Set<number>();
    const sizes: number[] = [];
    let name = "";
    for (const field of file.fields(attribute.from, attribute.to)) {
      const { number } = field;
      if (number === attributeFields.integers) {
        if (typeof sizesName === "string") for (const size of file.integers(field)) sizes.push(size);
        if (sizes.length > operatorsMax) throw new Error(`an attribute lists ${sizes.length} sizes`);
      } else if (number === attributeFields.name) name = file.text(field);
      else if (number === attributeFields.graph || number === attributeFields.graphs)
        this.graph(field, depth + 1, false);
      else if (number === attributeFields.tensor || number === attributeFields.tensors)
        this.tensor(field, constant);
      else if (number === attributeFields.sparseTensor || number === attributeFields.sparseTensors)
        this.sparse(field);
      if (
        number !== attributeFields.graph &&
        number !== attributeFields.tensor &&
        number !== attributeFields.sparseTensor
      )
        continue;
      if (single.has(number))
        throw new Error("an attribute holds one value twice, which readers would put together");
      single.add(number);
    }
    return typeof sizesName === "string" && name === sizesName ? sizes : null;
  }

  private initializer(field: MessageField, isSparse: boolean): void {
    requireLimit(++this.initializers, "initialisers", "initializers", this.limits);
    if (isSparse) this.sparse(field);
    else this.tensor(field, null);
  }

  /** @param constant the name of the value that the tensor is; null: its own name */
  private tensor(field: MessageField, constant: string | null): void {
    const { name, bytes, external, integers } = inspectTensor(this.file, field);
    this.announce(bytes ?? 0);
    if (external !== null) {
      requireLimit(this.external.length + 1, "tensors in other files", "initializers", this.limits);
      this.external.push(external);
    }
    if (integers !== null && this.constants.size < constantsMax)
      this.constants.set(constant ?? name, integers);
  }

  /** ONNX Runtime makes a dense tensor of a sparse one. */
  private sparse({ from, to }: MessageField): void {
    const { file } = this;
    const dims: number[] = [];
    for (const field of file.fields(from, to)) {
      if (field.number === sparseFields.values || field.number === sparseFields.indices)
        this.tensor(field, null);
      else if (field.number === sparseFields.dims) for (const size of file.integers(field)) dims.push(size);
      if (dims.length > operatorsMax) throw new Error("a sparse tensor has too many dimensions");
    }
    this.announce(8 * elementsOf(dims, "a sparse tensor"));
  }

  private announce(bytes: number): void {
    this.tensorBytes += bytes;
    requireLimit(this.tensorBytes, "bytes of tensors", "tensor_bytes", this.limits);
  }

  private function(field: MessageField): void {
    const { file } = this;
    let [name, domain, overload] = ["", "", ""];
    const counts = this.scope(() => {
      for (const part of file.fields(field.from, field.to)) {
        if (part.number === functionFields.name) name = file.text(part);
        else if (part.number === functionFields.domain) domain = domainOf(file.text(part));
        else if (part.number === functionFields.overload) overload = file.text(part);
        else if (part.number === functionFields.node) this.node(part, 0);
        else if (part.number === functionFields.defaults) this.attribute(part, 0, null, undefined);
        else if (part.number === functionFields.metadata || part.number === functionFields.documentation)
          this.metadataBytes += part.to - part.from;
      }
    });
    const key = keyOf(domain, name, overload);
    if (this.functions.has(key)) throw new Error(`two of its functions have one name, ${key}`);
    if (this.functions.size >= functionsMax) throw new Error(`it has more than ${functionsMax} functions`);
    this.functions.set(key, counts);
  }

  private training(field: MessageField): void {
    this.trains = true;
    this.scope(() => {
      for (const part of this.file.fields(field.from, field.to))
        if (part.number === trainingFields.initialization || part.number === trainingFields.algorithm)
          this.graph(part, 0, false);
    });
  }

  private opset({ from, to }: MessageField): void {
    let [domain, version] = ["", 1];
    for (const field of this.file.fields(from, to)) {
      if (field.number === opsetFields.domain) domain = domainOf(this.file.text(field));
      else if (field.number === opsetFields.version) version = field.value;
    }
    this.opsets.set(domain, version);
    if (this.opsets.size > opsetsMax) throw new Error(`it has more than ${opsetsMax} operator sets`);
  }

  private count(key: string): void {
    for (const counts of [this.counts, this.operators]) counts.set(key, (counts.get(key) ?? 0) + 1);
    if (this.operators.size > operatorsMax) throw new Error(`it has more than ${operatorsMax} operators`);
  }

  private make(maker: TensorMaker): void {
    this.makers.push(maker);
    if (this.makers.length > makersMax)
      throw new Error(`it has more than ${makersMax} nodes that make tensors of a given size`);
  }

  private refused(): string[] {
    const found: string[] = [];
    for (const key of this.operators.keys()) {
      const at = key.indexOf(":");
      const reason = whyRefused(key.slice(0, at), key.slice(at + 1));
      if (reason !== undefined && !this.functions.has(key)) found.push(reason);
    }
    return found;
  }
}

/** How an operator or a function is named in counts; functions of one name may differ in their overload. */
function keyOf(domain: string, operator: string, overload: string): string {
  return overload === "" ? `${domain}:${operator}` : `${domain}:${operator}:${overload}`;
}
