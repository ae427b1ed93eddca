/** The bytes of a request's tensors in memory, by which requests are counted: they are the same for every face. */
import type { WireTensors } from "../../protocol/frames.js";
import type { WireTensor } from "../../protocol/tensor.js";

export function tensorBytes({ data }: WireTensor): number {
  if (data instanceof Uint8Array) return data.byteLength;
  let bytes = 0;
  for (const text of data) bytes += text.length;
  return bytes;
}

export function tensorsBytes(tensors: WireTensors): number {
  let bytes = 0;
  // Without an array of the tensors: this runs for each request.
  for (const name in tensors) {
    const tensor = tensors[name];
    if (tensor !== undefined) bytes += tensorBytes(tensor);
  }
  return bytes;
}
