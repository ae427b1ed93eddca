/**
 * Makes the probabilities of several targets servable. A classifier of several targets returns a list of tensors,
 * which is no tensor and cannot be served. Where the graph builds the list from tensors, each of them is made an
 * output of its own. Source: ONNX's operator SequenceConstruct, as skl2onnx writes MultiOutputClassifier. Pure.
 */
import { all, graph, modelFields, node, text, texts, valueInfo, withGraph } from "./onnx-fields.js";
import { bytesField, fieldsOf, integerField, joined, type ProtobufField } from "./protobuf.js";

export interface SequenceOutput {
  readonly name: string;
  /** The new outputs that replace the list, in order. */
  readonly parts: readonly string[];
}

export interface WithoutSequences {
  readonly bytes: Uint8Array;
  readonly replaced: readonly SequenceOutput[];
}

const typeParts = { tensor: 1, sequence: 4, elementType: 1 } as const;

export function withoutSequences(path: string, bytes: Uint8Array): WithoutSequences {
  const { whole, graph: fields } = modelFields(path, bytes);
  const constructed = constructedLists(fields);
  const taken = new Set(
    all(fields, graph.node).flatMap(({ bytes: each }) => texts(fieldsOf(each), node.output)),
  );
  const replaced: SequenceOutput[] = [];
  const nodes: Uint8Array[] = [];
  const rewritten = fields.map((field) => {
    const found = field.number === graph.output ? sequenceOf(field, constructed) : undefined;
    if (found === undefined) return field.whole;
    const parts = found.elements.map((_, at) => freeName(`${found.name}_${at}`, taken));
    replaced.push({ name: found.name, parts });
    nodes.push(...found.elements.map((element, at) => identity(element, parts[at] ?? "")));
    return joined(parts.map((part) => tensorOutput(part, found.elementType)));
  });
  if (replaced.length === 0) return { bytes, replaced };
  return { bytes: withGraph(whole, joined([...rewritten, ...nodes])), replaced };
}

/** The tensors of each list that a node builds, by the list's name. */
function constructedLists(fields: readonly ProtobufField[]): ReadonlyMap<string, readonly string[]> {
  const lists = new Map<string, readonly string[]>();
  for (const { bytes } of all(fields, graph.node)) {
    const parts = fieldsOf(bytes);
    const operator = text(parts, node.opType);
    if (text(parts, node.domain) !== "") continue;
    if (operator === "SequenceConstruct") lists.set(text(parts, node.output), texts(parts, node.input));
    const same = operator === "Identity" ? lists.get(text(parts, node.input)) : undefined;
    if (same !== undefined) lists.set(text(parts, node.output), same);
  }
  return lists;
}

function sequenceOf(output: ProtobufField, lists: ReadonlyMap<string, readonly string[]>) {
  const parts = fieldsOf(output.bytes);
  const name = text(parts, valueInfo.name);
  const elements = lists.get(name);
  const sequence = inside(inside(parts, valueInfo.type), typeParts.sequence);
  const tensor = inside(inside(sequence, typeParts.elementType), typeParts.tensor);
  const elementType = all(tensor, typeParts.elementType)[0]?.value;
  return elements === undefined || elementType === undefined ? undefined : { name, elements, elementType };
}

/** The fields of a field that is a message; none where it is absent. */
function inside(fields: readonly ProtobufField[], number: number): readonly ProtobufField[] {
  const [found] = all(fields, number);
  return found === undefined ? [] : fieldsOf(found.bytes);
}

function freeName(wanted: string, taken: Set<string>): string {
  let name = wanted;
  while (taken.has(name)) name += "_";
  taken.add(name);
  return name;
}

function identity(input: string, output: string): Uint8Array {
  const parts = [
    bytesField(node.input, input),
    bytesField(node.output, output),
    bytesField(node.opType, "Identity"),
  ];
  return bytesField(graph.node, joined(parts));
}

/** An output without a shape, which ONNX Runtime infers. */
function tensorOutput(name: string, elementType: number): Uint8Array {
  const type = bytesField(typeParts.tensor, integerField(typeParts.elementType, elementType));
  const parts = [bytesField(valueInfo.name, name), bytesField(valueInfo.type, type)];
  return bytesField(graph.output, joined(parts));
}
