/**
 * Mends outputs whose first dimension is declared with a fixed size, usually 1, although it is the number of rows:
 * onnxmltools writes a LightGBM label so. ONNX Runtime would warn at each run and the gateway would refuse the
 * output, so the dimension is made open. Pure.
 */
import { all, graph, modelFields, text, valueInfo, withGraph } from "./onnx-fields.js";
import { bytesField, fieldsOf, joined, type ProtobufField } from "./protobuf.js";

const type = { tensor: 1, elementType: 1, shape: 2 } as const;
const shape = { dimension: 1, name: 2 } as const;

export function withOpenRows(path: string, bytes: Uint8Array, outputs: ReadonlySet<string>): Uint8Array {
  const { whole, graph: fields } = modelFields(path, bytes);
  const opened = fields.map((field) => {
    if (field.number !== graph.output) return field.whole;
    const parts = fieldsOf(field.bytes);
    if (!outputs.has(text(parts, valueInfo.name))) return field.whole;
    return rebuilt(field, valueInfo.type, (found) =>
      rebuilt(found, type.tensor, (tensor) => rebuilt(tensor, type.shape, openFirst)),
    );
  });
  return withGraph(whole, joined(opened));
}

/** A copy of a message with one of its fields replaced. */
function rebuilt(
  field: ProtobufField,
  number: number,
  make: (field: ProtobufField) => Uint8Array,
): Uint8Array {
  const parts = fieldsOf(field.bytes).map((each) => (each.number === number ? make(each) : each.whole));
  return bytesField(field.number, joined(parts));
}

function openFirst(field: ProtobufField): Uint8Array {
  const dimensions = all(fieldsOf(field.bytes), shape.dimension).map(({ whole }) => whole);
  const open = bytesField(shape.dimension, bytesField(shape.name, "batch"));
  return bytesField(field.number, joined([open, ...dimensions.slice(1)]));
}
