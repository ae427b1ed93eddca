/**
 * Running sums for one model version. Requests only add to these numbers; the metrics read them when
 * somebody scrapes, for a labelled counter costs more than the sums of a whole request.
 */
import { Histogram } from "./histogram.js";

export interface ModelFigures {
  readonly model: string;
  readonly version: string;
  requestSuccess: number;
  /** By Triton's reasons. */
  readonly requestFailure: Record<FailureReason, number>;
  /** Rows computed. */
  inferences: number;
  /** Batches computed. */
  executions: number;
  /** Microseconds, summed over requests. */
  requestUs: number;
  queueUs: number;
  /** Microseconds, summed over batches. */
  computeUs: number;
  /** Of requests, their wait, and batches. */
  readonly durations: Readonly<Record<"request" | "queue" | "compute", Histogram>>;
}

export const failureReasons = ["REJECTED", "CANCELED", "BACKEND", "OTHER"] as const;
export type FailureReason = (typeof failureReasons)[number];

export function zeroFigures(model: string, version: string): ModelFigures {
  return {
    model,
    version,
    requestSuccess: 0,
    requestFailure: { REJECTED: 0, CANCELED: 0, BACKEND: 0, OTHER: 0 },
    inferences: 0,
    executions: 0,
    requestUs: 0,
    queueUs: 0,
    computeUs: 0,
    durations: { request: new Histogram(), queue: new Histogram(), compute: new Histogram() },
  };
}
