/** Writes small ONNX graphs by hand. Source: onnx.proto, of which only the fields needed here are written. */

export interface ValueInfo {
  readonly name: string;
  /** ONNX's number of the element type: 1 is FP32, 7 INT64, 11 FP64. */
  readonly type: number;
  /** The sizes; a string names an open size. Absent: the rank is unknown. */
  readonly shape?: readonly (number | string)[];
  /** The value is a list of such tensors. */
  readonly isList?: true;
}

/** A constant of FP32 numbers, or of INT64 with `integers`; without a shape it is a one-dimensional list. */
export interface Constant {
  readonly shape?: readonly number[];
  readonly floats?: readonly number[];
  readonly integers?: readonly number[];
}

export type Attribute =
  | { readonly i: number }
  | { readonly f: number }
  | { readonly s: string }
  | { readonly t: Constant }
  | { readonly g: Graph }
  | { readonly is: readonly number[] }
  | { readonly fs: readonly number[] }
  | { readonly ss: readonly string[] }
  /** An integer attribute of a function's body whose value the caller of the function gives under this name. */
  | { readonly referred: string };

export interface Node {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly domain?: string;
  readonly attributes?: Readonly<Record<string, Attribute>>;
}

export interface Graph {
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  readonly nodes: readonly Node[];
  readonly constants?: Readonly<Record<string, Constant>>;
}

/** A function of the model, made of ONNX's own operators in the model's opset. */
export interface LocalFunction {
  readonly domain: string;
  readonly name: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: readonly string[];
  readonly nodes: readonly Node[];
}

export interface Opsets {
  /** The opset of ONNX's own operators. */
  readonly opset?: number;
  /** The opsets of other domains, by the domain's name. */
  readonly domains?: Readonly<Record<string, number>>;
  readonly functions?: readonly LocalFunction[];
  /** The file's own metadata. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** The file of a model with this graph. */
export function onnxFile(
  graph: Graph,
  { opset = 13, domains = {}, functions = [], metadata = {} }: Opsets = {},
): Uint8Array {
  const imports = Object.entries({ "": opset, ...domains });
  return message(
    field(1, 8),
    field(7, graphOf(graph)),
    ...imports.map(([domain, version]) => field(8, message(field(1, domain), field(2, version)))),
    ...Object.entries(metadata).map(([key, value]) => field(14, message(field(1, key), field(2, value)))),
    ...functions.map((each) => field(25, functionOf(each, opset))),
  );
}

function functionOf(
  { domain, name, inputs, outputs, attributes = [], nodes }: LocalFunction,
  opset: number,
): Uint8Array {
  return message(
    field(1, name),
    ...inputs.map((each) => field(4, each)),
    ...outputs.map((each) => field(5, each)),
    ...attributes.map((each) => field(6, each)),
    ...nodes.map((each) => field(7, nodeOf(each))),
    field(9, message(field(1, ""), field(2, opset))),
    field(10, domain),
  );
}

function graphOf({ inputs, outputs, nodes, constants = {} }: Graph): Uint8Array {
  return message(
    ...nodes.map((node) => field(1, nodeOf(node))),
    field(2, "test"),
    ...Object.entries(constants).map(([name, constant]) => field(5, tensorOf(constant, name))),
    ...inputs.map((each) => field(11, valueInfo(each))),
    ...outputs.map((each) => field(12, valueInfo(each))),
  );
}

function nodeOf({ op, inputs, outputs, domain = "", attributes = {} }: Node): Uint8Array {
  return message(
    ...inputs.map((name) => field(1, name)),
    ...outputs.map((name) => field(2, name)),
    field(4, op),
    ...Object.entries(attributes).map(([name, value]) =>
      field(5, message(field(1, name), ...attributeOf(value))),
    ),
    field(7, domain),
  );
}

function attributeOf(value: Attribute): Uint8Array[] {
  if ("f" in value) return [float(2, value.f), field(20, 1)];
  if ("i" in value) return [field(3, value.i), field(20, 2)];
  if ("s" in value) return [field(4, value.s), field(20, 3)];
  if ("t" in value) return [field(5, tensorOf(value.t, "")), field(20, 4)];
  if ("referred" in value) return [field(20, 2), field(21, value.referred)];
  if ("g" in value) return [field(6, graphOf(value.g)), field(20, 5)];
  if ("fs" in value) return [...value.fs.map((each) => float(7, each)), field(20, 6)];
  if ("is" in value) return [...value.is.map((each) => field(8, each)), field(20, 7)];
  return [...value.ss.map((each) => field(9, each)), field(20, 8)];
}

function tensorOf({ shape, floats = [], integers }: Constant, name: string): Uint8Array {
  const data = integers ?? floats;
  const raw = integers === undefined ? new Float32Array(floats) : BigInt64Array.from(integers, BigInt);
  return message(
    ...(shape ?? [data.length]).map((size) => field(1, size)),
    field(2, integers === undefined ? 1 : 7),
    field(8, name),
    field(9, new Uint8Array(raw.buffer)),
  );
}

export function valueInfo({ name, type, shape, isList }: ValueInfo): Uint8Array {
  const dims = shape?.map((dim) =>
    field(1, message(typeof dim === "number" ? field(1, dim) : field(2, dim))),
  );
  const tensor = message(field(1, type), ...(dims === undefined ? [] : [field(2, message(...dims))]));
  const plain = message(field(1, tensor));
  return message(field(1, name), field(2, isList ? message(field(4, message(field(1, plain)))) : plain));
}

export function message(...fields: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(fields));
}

export function field(number: number, value: number | string | Uint8Array): Uint8Array {
  if (typeof value === "number") return message(varint(number * 8), varint(value));
  const bytes = typeof value === "string" ? new TextEncoder().encode(value) : value;
  return message(varint(number * 8 + 2), varint(bytes.length), bytes);
}

function float(number: number, value: number): Uint8Array {
  return message(varint(number * 8 + 5), new Uint8Array(Float32Array.of(value).buffer));
}

/** Encodes an integer as protobuf does; a negative number takes ten bytes. */
function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  for (let left = BigInt.asUintN(64, BigInt(value)); ; left >>= 7n) {
    if (left < 128n) return Uint8Array.from([...bytes, Number(left)]);
    bytes.push(Number(left & 127n) + 128);
  }
}
