/**
 * Running sums for one model version. A request only adds to these numbers, and the metrics read them at a scrape:
 * incrementing a labelled counter costs more than all sums of a request.
 */
import { Histogram } from "./histogram.js";

export interface ModelFigures {
  readonly model: string;
  readonly version: string;
  requestSuccess: number;
  /** The numbers of failed requests by Triton's reasons. */
  readonly requestFailure: Record<FailureReason, number>;
  /** The number of computed rows. */
  inferences: number;
  /** The number of computed batches. */
  executions: number;
  /** The number of those that were computed on the thread of the sockets. */
  inlineExecutions: number;
  /** Microseconds from arrival to answer, summed over requests. */
  requestUs: number;
  queueUs: number;
  /** Microseconds of compute, summed over batches. */
  computeUs: number;
  /** Durations of requests, of their time in the queue, and of batches. */
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
    inlineExecutions: 0,
    requestUs: 0,
    queueUs: 0,
    computeUs: 0,
    durations: { request: new Histogram(), queue: new Histogram(), compute: new Histogram() },
  };
}
