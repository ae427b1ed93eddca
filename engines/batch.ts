/** Joins the rows of several requests into one batch, and splits the batch's outputs by request. Pure. */
import type { WireTensors } from "../protocol/frames.js";
import { fromWire, type Tensor, toWire, type WireTensor } from "../protocol/tensor.js";
import type { Tensors } from "./engine.js";

/**
 * Joins requests along the first dimension, in memory that can be transferred to a worker or that it shares. A tensor
 * that owns its memory or shares it, and is alone in the batch, is used as it is; all others are copied once.
 */
export function gather(requests: readonly WireTensors[]): Tensors {
  const first = requests[0] ?? {};
  const gathered: Record<string, Tensor> = {};
  for (const name in first)
    gathered[name] = fromWire(join(requests.map((inputs) => inputs[name] as WireTensor)));
  return gathered;
}

function join(parts: readonly WireTensor[]): WireTensor {
  const [lead] = parts as readonly [WireTensor];
  const rows = parts.reduce((sum, part) => sum + (part.shape[0] ?? 1), 0);
  const shape = parts.length === 1 ? lead.shape : [rows, ...lead.shape.slice(1)];
  if (parts.length === 1 && (ownsMemory(lead.data) || isShared(lead.data))) return lead;
  if (!(lead.data instanceof Uint8Array))
    return { datatype: lead.datatype, shape, data: parts.flatMap((part) => part.data as readonly string[]) };
  const data = new Uint8Array(parts.reduce((sum, part) => sum + part.data.length, 0));
  let at = 0;
  for (const part of parts) {
    data.set(part.data as Uint8Array, at);
    at += part.data.length;
  }
  return { datatype: lead.datatype, shape, data };
}

function ownsMemory(data: WireTensor["data"]): boolean {
  return data instanceof Uint8Array && data.byteLength === data.buffer.byteLength;
}

/** Memory that all threads share is not given away: the worker gets a view of it, whatever else lies in it. */
function isShared(data: WireTensor["data"]): boolean {
  return data instanceof Uint8Array && data.buffer instanceof SharedArrayBuffer;
}

/**
 * Splits a batch's outputs by request, as views of the batch's memory. The sum of `rows` must be the batch's rows.
 * @throws when an output has another number of rows, so that no request gets another request's rows
 */
export function scatter(outputs: Tensors, rows: readonly number[]): WireTensors[] {
  const wired = Object.entries(outputs).map(([name, tensor]) => [name, toWire(tensor)] as const);
  if (rows.length === 1) return [Object.fromEntries(wired)];
  const total = rows.reduce((sum, count) => sum + count, 0);
  let row = 0;
  return rows.map((count) => {
    const share: Record<string, WireTensor> = {};
    for (const [name, tensor] of wired) {
      if (tensor.shape[0] !== total)
        throw new Error(
          `output ${name} has shape [${tensor.shape}] for ${total} rows: it cannot be shared out`,
        );
      share[name] = slice(tensor, row, count, total);
    }
    row += count;
    return share;
  });
}

function slice({ datatype, shape, data }: WireTensor, row: number, count: number, total: number): WireTensor {
  const perRow = data.length / total;
  const part =
    data instanceof Uint8Array
      ? data.subarray(row * perRow, (row + count) * perRow)
      : data.slice(row * perRow, (row + count) * perRow);
  return { datatype, shape: [count, ...shape.slice(1)], data: part };
}
