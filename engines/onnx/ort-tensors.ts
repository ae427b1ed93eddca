/** Converts tensors to ONNX Runtime's and back, without a copy. */
import { type OnnxValue, Tensor as OrtTensor } from "onnxruntime-node";
import type { Tensor, Values } from "../../protocol/tensor.js";
import type { TensorSpec } from "../servable.js";
import { unshared } from "../shared-memory.js";

export const ortTypes = {
  BOOL: "bool",
  UINT8: "uint8",
  UINT16: "uint16",
  UINT32: "uint32",
  UINT64: "uint64",
  INT8: "int8",
  INT16: "int16",
  INT32: "int32",
  INT64: "int64",
  FP16: "float16",
  FP32: "float32",
  FP64: "float64",
  BYTES: "string",
} as const satisfies Record<Tensor["datatype"], OrtTensor.Type>;

export function toOrt(tensor: Tensor): OrtTensor {
  const data = ArrayBuffer.isView(tensor.data) ? unshared(tensor.data) : tensor.data;
  // ONNX Runtime's types require a type name to match its array; fromWire has checked that they match.
  return new OrtTensor(ortTypes[tensor.datatype] as "float32", data as Float32Array, tensor.shape);
}

/** @throws when the tensor is not what the config says of this output */
export function fromOrt(name: string, outputs: readonly TensorSpec[], tensor: OnnxValue | undefined): Tensor {
  const datatype = outputs.find((output) => output.name === name)?.datatypes[0];
  if (!(tensor instanceof OrtTensor) || datatype === undefined || tensor.type !== ortTypes[datatype])
    throw new Error(`output ${name} is ${typeOf(tensor)}, the config says ${datatype}`);
  return { datatype, shape: tensor.dims, data: tensor.data as Values | string[] };
}

function typeOf(tensor: OnnxValue | undefined): string {
  return tensor instanceof OrtTensor ? tensor.type : "absent";
}
