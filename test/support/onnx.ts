/** Small ONNX graphs, written by hand. Source: onnx.proto, the fields that are used. */

export interface ValueInfo {
  readonly name: string;
  /** ONNX's number of the element type: 1 is FP32, 7 INT64, 11 FP64. */
  readonly type: number;
  /** A name for a size left open. */
  readonly shape: readonly (number | string)[];
}

export interface Graph {
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  readonly nodes: readonly {
    readonly op: string;
    readonly inputs: readonly string[];
    readonly outputs: readonly string[];
  }[];
}

/** The file of a model with this graph. */
export function onnxFile({ inputs, outputs, nodes }: Graph): Uint8Array {
  const graph = message(
    ...nodes.map((node) =>
      field(
        1,
        message(
          ...node.inputs.map((name) => field(1, name)),
          ...node.outputs.map((name) => field(2, name)),
          field(4, node.op),
        ),
      ),
    ),
    field(2, "test"),
    ...inputs.map((each) => field(11, valueInfo(each))),
    ...outputs.map((each) => field(12, valueInfo(each))),
  );
  return message(field(1, 8), field(7, graph), field(8, message(field(1, ""), field(2, 13))));
}

export function valueInfo({ name, type, shape }: ValueInfo): Uint8Array {
  const dims = shape.map((dim) => field(1, message(typeof dim === "number" ? field(1, dim) : field(2, dim))));
  const tensor = message(field(1, type), field(2, message(...dims)));
  return message(field(1, name), field(2, message(field(1, tensor))));
}

export function message(...fields: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(fields));
}

export function field(number: number, value: number | string | Uint8Array): Uint8Array {
  if (typeof value === "number") return message(varint(number * 8), varint(value));
  const bytes = typeof value === "string" ? new TextEncoder().encode(value) : value;
  return message(varint(number * 8 + 2), varint(bytes.length), bytes);
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  for (let left = value; ; left = Math.floor(left / 128)) {
    if (left < 128) return Uint8Array.from([...bytes, left]);
    bytes.push((left % 128) + 128);
  }
}
