/** How many rows a batch of a new model has at most, where nobody said: fewer where its activations take much memory. Pure. */
import type { MeasuredRun, Proof } from "../proving/messages.js";

/** Bytes of activations that nobody minds: 64 MiB. Beyond it they are not to take more than one row of the model does. */
const activationBytes = 64 * 1_048_576;

export interface BatchReduction {
  readonly rows: number;
  /** What the batch would have taken for activations as it was. */
  readonly bytes: number;
}

/** Undefined: as many as were meant. @param rows as they were meant */
export function batchReduction({ runs }: Pick<Proof, "runs">, rows: number): BatchReduction | undefined {
  const [first] = runs;
  const last = runs.at(-1);
  if (first === undefined || last === undefined || last.rows <= first.rows) return undefined;
  const perRow = rowBytes(first, last);
  const most = Math.max(activationBytes, first.bytes);
  if (perRow * rows <= most) return undefined;
  return { rows: powerWithin(most / perRow), bytes: Math.round(perRow * rows) };
}

function rowBytes(first: MeasuredRun, last: MeasuredRun): number {
  return Math.max(0, last.bytes - first.bytes) / (last.rows - first.rows);
}

/** The largest power of two up to it, at least 1. */
function powerWithin(most: number): number {
  return 2 ** Math.max(0, Math.floor(Math.log2(most)));
}
