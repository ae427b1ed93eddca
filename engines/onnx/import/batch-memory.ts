/** The default of `max_batch_size` for an imported model: lower than usual where activations take much memory. Pure. */
import type { MeasuredRun, Proof } from "../proving/messages.js";

/** Bytes of activations that are always allowed: 64 MiB. Above it a batch may take no more than one row does. */
const activationBytes = 64 * 1_048_576;

export interface BatchReduction {
  readonly rows: number;
  /** Bytes of activations of a batch of the usual size. */
  readonly bytes: number;
}

/**
 * @param rows the usual size of a batch
 * @returns undefined where no reduction is needed
 */
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

/** The largest power of two up to `most`, at least 1. */
function powerWithin(most: number): number {
  return 2 ** Math.max(0, Math.floor(Math.log2(most)));
}
