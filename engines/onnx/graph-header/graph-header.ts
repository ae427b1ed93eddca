/**
 * Reads what a model's file declares before it is opened: its inputs, outputs and operator versions. ONNX Runtime's
 * binding does not distinguish an input of unknown rank from a scalar, and does not report inputs that have a
 * default.
 */
import { all, entry, graph as graphFields, opset, text, valueInfo } from "../import/onnx-fields.js";
import { fieldsOf, type ProtobufField } from "../import/protobuf.js";
import { FieldFile, type FileField } from "./field-file.js";

/** A fixed size, the name of an open size, or null for an open size without a name. */
export type DeclaredSize = number | string | null;

export interface DeclaredTensor {
  readonly name: string;
  /** A tensor, or the kind of a value that cannot be served. */
  readonly kind: "tensor" | "sequence" | "map" | "optional" | "sparse tensor" | "value of no type";
  /** ONNX's number of the element type; 0 for a value that is not a tensor. */
  readonly elementType: number;
  /** Null where the graph does not declare the number of dimensions. */
  readonly shape: readonly DeclaredSize[] | null;
}

export interface GraphHeader {
  readonly irVersion: number;
  /** The version of each operator set by its domain; the empty domain is ONNX's own operators. */
  readonly opsets: ReadonlyMap<string, number>;
  /** The inputs that every request must contain. */
  readonly inputs: readonly DeclaredTensor[];
  /** Inputs that are initialisers as well: they have a default, which a request may replace. */
  readonly defaulted: readonly DeclaredTensor[];
  readonly outputs: readonly DeclaredTensor[];
  /** The entries of the file's metadata whose names begin with "headgate.". */
  readonly metadata: ReadonlyMap<string, string>;
}

const modelParts = { irVersion: 1, graph: 7, opsetImport: 8, metadata: 14 } as const;
const inputField = 11;
const initializerName = 8;
const typeParts = { tensor: 1, sequence: 4, map: 5, sparse: 8, optional: 9 } as const;
const tensorParts = { elementType: 1, shape: 2 } as const;
const dimensionParts = { dimension: 1, value: 1, name: 2 } as const;

/** Of metadata, what these names begin with is read, and no more than so many entries. */
const metadataPrefix = "headgate.";
const metadataEntriesMax = 16;
/** Bytes of one of them: the layout of 16,384 numbers has a few hundred thousand. */
const metadataBytesMax = 1_048_576;

/** Limit on inputs and outputs that are read: each may take 64 KiB. */
const tensorsMax = 1_024;

/** @throws saying why the file is not a model */
export async function readGraphHeader(path: string): Promise<GraphHeader> {
  const file = await FieldFile.open(path);
  try {
    return await headerOf(file);
  } finally {
    await file.close();
  }
}

async function headerOf(file: FieldFile): Promise<GraphHeader> {
  let irVersion = 0;
  let graph: FileField | undefined;
  const opsets = new Map<string, number>();
  const metadata = new Map<string, string>();
  for await (const field of file.between(0, file.size)) {
    if (field.number === modelParts.irVersion) irVersion = field.value;
    else if (field.number === modelParts.graph) {
      if (graph !== undefined) throw new Error("it holds two graphs, which readers would put together");
      graph = field;
    } else if (field.number === modelParts.opsetImport) {
      const fields = fieldsOf(await file.bytes(field));
      opsets.set(text(fields, opset.domain), all(fields, opset.version)[0]?.value ?? 1);
    } else if (field.number === modelParts.metadata) await addMetadata(metadata, file, field);
  }
  if (graph === undefined) throw new Error("it holds no graph");
  const { inputs, outputs, initializers } = await tensorsOf(file, graph);
  const required = inputs.filter(({ name }) => !initializers.has(name));
  // Before IR version 4 every initialiser had to be listed as an input as well, and none could be replaced.
  const defaulted = irVersion < 4 ? [] : inputs.filter(({ name }) => initializers.has(name));
  return { irVersion, opsets, inputs: required, defaulted, outputs, metadata };
}

/** An entry of other tools may be of any size: its name is read first. */
async function addMetadata(metadata: Map<string, string>, file: FieldFile, field: FileField): Promise<void> {
  for await (const part of file.between(field.from, field.to)) {
    if (part.number !== entry.key) continue;
    if (part.to - part.from > metadataPrefix.length * 8) return;
    const name = new TextDecoder().decode(await file.bytes(part));
    if (!name.startsWith(metadataPrefix)) return;
    if (metadata.size >= metadataEntriesMax)
      throw new Error(`it has more than ${metadataEntriesMax} entries of metadata for headgate`);
    metadata.set(name, text(fieldsOf(await file.bytes(field, metadataBytesMax)), entry.value));
    return;
  }
}

/**
 * The names of initialisers are compared with those of the inputs and not kept: the gateway itself reads this, and a
 * hostile file may have a million of them.
 */
async function tensorsOf(file: FieldFile, graph: FileField) {
  const inputs: DeclaredTensor[] = [];
  const outputs: DeclaredTensor[] = [];
  for await (const field of file.between(graph.from, graph.to)) {
    if (field.number === inputField) inputs.push(declaredTensor(await file.bytes(field)));
    else if (field.number === graphFields.output) outputs.push(declaredTensor(await file.bytes(field)));
    if (inputs.length + outputs.length > tensorsMax)
      throw new Error(`it has more than ${tensorsMax} inputs and outputs`);
  }
  const names = new Set(inputs.map(({ name }) => name));
  const initializers = new Set<string>();
  for await (const field of file.between(graph.from, graph.to)) {
    if (field.number !== graphFields.initializer) continue;
    const name = await nameOf(file, field);
    if (names.has(name)) initializers.add(name);
  }
  return { inputs, outputs, initializers };
}

async function nameOf(file: FieldFile, tensor: FileField): Promise<string> {
  for await (const field of file.between(tensor.from, tensor.to))
    if (field.number === initializerName) return new TextDecoder().decode(await file.bytes(field));
  return "";
}

function declaredTensor(bytes: Uint8Array): DeclaredTensor {
  const fields = fieldsOf(bytes);
  const name = text(fields, valueInfo.name);
  const type = partOf(fields, valueInfo.type) ?? [];
  const tensor = partOf(type, typeParts.tensor);
  if (tensor === undefined) return { name, kind: kindOf(type), elementType: 0, shape: null };
  const elementType = all(tensor, tensorParts.elementType)[0]?.value ?? 0;
  const shape = partOf(tensor, tensorParts.shape);
  const sizes = shape && all(shape, dimensionParts.dimension).map((each) => sizeOf(fieldsOf(each.bytes)));
  return { name, kind: "tensor", elementType, shape: sizes ?? null };
}

function kindOf(type: readonly ProtobufField[]): DeclaredTensor["kind"] {
  const has = (number: number) => all(type, number).length > 0;
  if (has(typeParts.sequence)) return "sequence";
  if (has(typeParts.map)) return "map";
  if (has(typeParts.optional)) return "optional";
  return has(typeParts.sparse) ? "sparse tensor" : "value of no type";
}

/** Exporters write -1, and some write 0, for an open size; the name of a size may be empty. */
function sizeOf(fields: readonly ProtobufField[]): DeclaredSize {
  const [value] = all(fields, dimensionParts.value);
  if (value !== undefined && !Number.isNaN(value.value) && value.value < 2 ** 53) return value.value;
  const name = text(fields, dimensionParts.name);
  return name === "" ? null : name;
}

function partOf(fields: readonly ProtobufField[], number: number): ProtobufField[] | undefined {
  const [found] = all(fields, number);
  return found === undefined ? undefined : fieldsOf(found.bytes);
}
