/** Divides the rows of a request into parts that fit a batch, and joins the answers. Pure. */
import { invalidArgument } from "../../../protocol/errors.js";
import type { WireTensors } from "../../../protocol/frames.js";
import { fromWire, toWire, type WireTensor } from "../../../protocol/tensor.js";
import type { Answer } from "../../scheduling/queued-request.js";

/** Parts of one request at most. */
const partsMax = 1_024;

/**
 * @param rowsMax rows of one part
 * @throws HeadgateError invalid_argument for more rows than so many parts hold
 */
export function rowParts(inputs: WireTensors, rowsMax: number): readonly WireTensors[] {
  const rows = Math.max(0, ...Object.values(inputs).map(({ shape }) => shape[0] ?? 0));
  if (rows <= rowsMax) return [inputs];
  if (rows > rowsMax * partsMax)
    throw invalidArgument(
      "inputs",
      `${rows} rows in one request, at most ${rowsMax * partsMax} are taken: send several`,
    );
  const parts: WireTensors[] = [];
  for (let from = 0; from < rows; from += rowsMax) {
    const to = Math.min(rows, from + rowsMax);
    const part = Object.entries(inputs).map(
      ([name, tensor]) => [name, rowsOf(tensor, rows, from, to)] as const,
    );
    parts.push(Object.fromEntries(part));
  }
  return parts;
}

/** A copy of the rows: the engine takes ownership of what it is given. */
function rowsOf({ datatype, shape, data }: WireTensor, rows: number, from: number, to: number): WireTensor {
  const each = data.length / rows;
  return { datatype, shape: [to - from, ...shape.slice(1)], data: data.slice(from * each, to * each) };
}

/** The answers to the parts of one request, in their order, as one answer. */
export function joinedAnswer(answers: readonly Answer[]): Answer {
  const [first] = answers;
  if (first === undefined) throw new Error("a request has at least one part");
  if (answers.length === 1) return first;
  const outputs = Object.keys(first.outputs).map((name) => {
    const parts = answers.map((answer) => answer.outputs[name]).filter((part) => part !== undefined);
    return [name, joined(parts)] as const;
  });
  return {
    ...first,
    outputs: Object.fromEntries(outputs),
    timing: {
      queue_ms: Math.max(...answers.map(({ timing }) => timing.queue_ms)),
      compute_ms: answers.reduce((sum, { timing }) => sum + timing.compute_ms, 0),
      batch_size: Math.max(...answers.map(({ timing }) => timing.batch_size)),
    },
  };
}

function joined(parts: readonly WireTensor[]): WireTensor {
  const { datatype, shape } = parts[0] as WireTensor;
  const rows = parts.reduce((sum, part) => sum + (part.shape[0] ?? 0), 0);
  const whole = { datatype, shape: [rows, ...shape.slice(1)] };
  const bytes = parts.flatMap(({ data }) => (data instanceof Uint8Array ? [data] : []));
  if (bytes.length < parts.length)
    return { ...whole, data: parts.flatMap(({ data }) => (data instanceof Uint8Array ? [] : [...data])) };
  const data = new Uint8Array(bytes.reduce((sum, part) => sum + part.byteLength, 0));
  let at = 0;
  for (const part of bytes) {
    data.set(part, at);
    at += part.byteLength;
  }
  return { ...whole, data };
}

/** The tensor in the other floating-point datatype, where it has one that is not accepted. */
export function inDatatype(tensor: WireTensor, accepted: readonly WireTensor["datatype"][]): WireTensor {
  const { datatype, shape } = tensor;
  const [wanted] = accepted;
  if (accepted.includes(datatype) || wanted === undefined) return tensor;
  const { data } = fromWire(tensor);
  if (wanted === "FP32" && data instanceof Float64Array)
    return toWire({ datatype: wanted, shape, data: Float32Array.from(data) });
  if (wanted === "FP64" && data instanceof Float32Array)
    return toWire({ datatype: wanted, shape, data: Float64Array.from(data) });
  return tensor; // the model's own validation says what is wrong with it
}
