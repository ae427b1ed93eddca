/** A job's inputs as records of bounded size, and back. */
import type { Tensors } from "../../../engines/engine.js";
import { type Datatype, fromWire, toWire, type WireTensor } from "../../../protocol/tensor.js";
import { pieceBytes } from "./layout.js";

/** What the first record says of a tensor: its strings, or how many bytes of the pieces are its own. */
export interface StoredTensor {
  readonly name: string;
  readonly datatype: Datatype;
  readonly shape: readonly number[];
  readonly strings?: readonly string[];
  readonly bytes?: number;
}

export function storedTensors(tensors: Tensors): readonly StoredTensor[] {
  return Object.entries(tensors).map(([name, tensor]) => {
    const { datatype, shape, data } = toWire(tensor);
    return data instanceof Uint8Array
      ? { name, datatype, shape, bytes: data.byteLength }
      : { name, datatype, shape, strings: data };
  });
}

/** The bytes of all tensors, one after another, in pieces. */
export function* piecesOf(tensors: Tensors): Generator<Uint8Array> {
  for (const tensor of Object.values(tensors)) {
    const { data } = toWire(tensor);
    if (!(data instanceof Uint8Array)) continue;
    for (let at = 0; at < data.byteLength; at += pieceBytes) yield data.subarray(at, at + pieceBytes);
  }
}

/** Settles with the tensors, in memory of their own. A piece is read for each call of `next`, in order. */
export async function tensorsOf(
  stored: readonly StoredTensor[],
  next: () => Promise<Uint8Array>,
): Promise<Tensors> {
  const tensors: Record<string, Tensors[string]> = {};
  for (const { name, datatype, shape, strings, bytes = 0 } of stored) {
    const data = strings ?? (await joined(bytes, next));
    const wire: WireTensor = { datatype, shape, data };
    tensors[name] = fromWire(wire);
  }
  return tensors;
}

async function joined(bytes: number, next: () => Promise<Uint8Array>): Promise<Uint8Array> {
  const whole = new Uint8Array(bytes);
  for (let at = 0; at < bytes; ) {
    const piece = await next();
    whole.set(piece, at);
    at += piece.byteLength;
  }
  return whole;
}
