/**
 * Values in memory that all threads share, as the rows of datasets are. Such values must not be changed, and native
 * code (ONNX Runtime, sockets) does not take them: it gets a copy.
 */
import type { Values } from "../protocol/tensor.js";
import type { Tensors } from "./engine.js";

/** The same values; a copy where they lie in shared memory. */
export function unshared<T extends Values>(values: T): T {
  return values.buffer instanceof SharedArrayBuffer ? (values.slice() as T) : values;
}

/** The same tensors, none of which lies in shared memory: a fit may answer with what it was given. */
export function unsharedTensors(tensors: Tensors): Tensors {
  const all = Object.values(tensors);
  if (!all.some(({ data }) => ArrayBuffer.isView(data) && data.buffer instanceof SharedArrayBuffer))
    return tensors;
  return Object.fromEntries(
    Object.entries(tensors).map(([name, tensor]) => [
      name,
      ArrayBuffer.isView(tensor.data) ? { ...tensor, data: unshared(tensor.data) } : tensor,
    ]),
  );
}
