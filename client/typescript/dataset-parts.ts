/** Puts tables in parts where they are larger than a part: other requests go between the parts of a large one. */
import type { PutFrame } from "../../protocol/dataset-frames.js";
import { HeadgateError } from "../../protocol/errors.js";
import type { AckFrame } from "../../protocol/frames.js";
import type { Tensor, Values } from "../../protocol/tensor.js";
import { type DatasetOptions, putFrame } from "./dataset.js";
import type { Tensors } from "./options.js";

/** Bytes of elements in a part; as text each takes three times as many and is a value of the message. */
const partBytesMax = { msgpack: 4 * 1024 * 1024, json: 256 * 1024 } as const;
/** Parts that wait for their answers at a time, so that neither side waits for the other. */
const underWayMax = 2;
/** Attempts at a put in parts, each of which ends with its connection. */
const attemptsMax = 3;

export interface PartSender {
  readonly encoding: keyof typeof partBytesMax;
  /** The largest message that the gateway takes. */
  readonly messageBytes: number;
  /** @param repeatable whether the request may be sent again on another connection */
  readonly ask: (frame: (id: number) => PutFrame, repeatable: boolean) => Promise<AckFrame>;
}

interface RowRange {
  readonly first: number;
  readonly end: number;
}

let uploads = 0;

export async function put(sender: PartSender, columns: Tensors, options: DatasetOptions): Promise<AckFrame> {
  const parts = rangesOf(columns, Math.min(partBytesMax[sender.encoding], sender.messageBytes / 2));
  if (parts.length < 2) return sender.ask((id) => putFrame(id, columns, options), true);
  for (let attempt = 1; ; attempt++) {
    try {
      return await putInParts(sender, columns, options, parts);
    } catch (error) {
      if (attempt === attemptsMax || !endsWithConnection(error)) throw error;
    }
  }
}

async function putInParts(
  sender: PartSender,
  columns: Tensors,
  options: DatasetOptions,
  parts: readonly RowRange[],
): Promise<AckFrame> {
  const upload = `put-${++uploads}`;
  const asked: Promise<AckFrame>[] = [];
  for (const [part, range] of parts.entries()) {
    const last = part === parts.length - 1;
    const frame = (id: number): PutFrame => {
      const { columns: rows, ...named } = putFrame(id, slices(columns, range), options);
      return { ...named, upload, part, ...(last && { last }), columns: rows };
    };
    const answer = sender.ask(frame, false);
    answer.catch(() => undefined); // it is awaited below, unless an earlier part was refused
    asked.push(answer);
    if (part >= underWayMax) await asked[part - underWayMax];
  }
  return (await Promise.all(asked)).at(-1) as AckFrame;
}

/** Whether an error may be that of a connection that ended, or of the parts that came after it on another one. */
function endsWithConnection(error: unknown): boolean {
  return error instanceof HeadgateError && ["unavailable", "failed_precondition"].includes(error.code);
}

/** The rows of each part; one range where the columns cannot be divided, so that the gateway says what is wrong. */
function rangesOf(columns: Tensors, bytesMax: number): readonly RowRange[] {
  const tensors = Object.values(columns);
  const rows = tensors[0]?.shape[0] ?? 0;
  const divisible = tensors.every(
    ({ shape, data }) => isNumeric(data) && shape[0] === rows && data.length % rows === 0,
  );
  if (!divisible) return [{ first: 0, end: rows }];
  const rowBytes = tensors.reduce((sum, tensor) => sum + bytesOf(tensor) / rows, 0);
  const size = Math.max(1, Math.floor(bytesMax / rowBytes));
  const ranges: RowRange[] = [];
  for (let first = 0; first < rows; first += size) ranges.push({ first, end: Math.min(rows, first + size) });
  return ranges;
}

function bytesOf({ data }: Tensor): number {
  return ArrayBuffer.isView(data) ? data.byteLength : 0;
}

function isNumeric(data: Tensor["data"]): data is Values {
  return ArrayBuffer.isView(data);
}

function slices(columns: Tensors, { first, end }: RowRange): Tensors {
  const sliced: Record<string, Tensor> = {};
  for (const [name, tensor] of Object.entries(columns)) {
    const { shape, data } = tensor;
    if (!isNumeric(data)) continue; // such columns are not divided
    const width = data.length / (shape[0] as number);
    const part = data.subarray(first * width, end * width);
    sliced[name] = { ...tensor, shape: [end - first, ...shape.slice(1)], data: part } as Tensor;
  }
  return sliced;
}
