/** What a worker has found out about computing a version on the thread of the sockets. */
import type { Tensors } from "../../engine.js";
import type { MeasuredRows } from "../../pool/run-times.js";

export type InlineTrial =
  | {
      readonly possible: true;
      /** Ascending by rows. */
      readonly runs: readonly MeasuredRows[];
      readonly sample: InlineSample;
    }
  | { readonly possible: false; readonly reason: string };

/** Inputs of one row, and the worker's answer to them. */
export interface InlineSample {
  readonly inputs: Tensors;
  readonly outputs: Tensors;
}
