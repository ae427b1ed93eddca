/** The bytes of a request's tensors in memory, by which requests are counted: they are the same for every face. */
import { type InferInputs, isReference } from "../../protocol/reference.js";
import type { WireTensor } from "../../protocol/tensor.js";

export function tensorBytes({ data }: WireTensor): number {
  if (data instanceof Uint8Array) return data.byteLength;
  let bytes = 0;
  for (const text of data) bytes += text.length;
  return bytes;
}

/** A reference has no bytes: what it stands for was counted when it was put or observed. */
export function tensorsBytes(tensors: InferInputs): number {
  let bytes = 0;
  // Without an array of the tensors: this runs for each request.
  for (const name in tensors) {
    const tensor = tensors[name];
    if (tensor !== undefined && !isReference(tensor)) bytes += tensorBytes(tensor);
  }
  return bytes;
}
