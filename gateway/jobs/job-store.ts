/** The port of what is kept of jobs: their records, and what is read only when it is asked for. */
import type { Tensors } from "../../engines/engine.js";
import { HeadgateError } from "../../protocol/errors.js";
import type { CurvePoint } from "../../protocol/train-frames.js";
import { inBrackets } from "../storage/write-fault.js";
import type { JobRecord } from "./job-record.js";

/** What a job leaves beside its record. */
export interface JobHistory {
  readonly log: readonly string[];
  readonly curve: readonly CurvePoint[];
}

export interface JobChange {
  readonly record: JobRecord;
  readonly history?: JobHistory | undefined;
  /** The fitted attributes. */
  readonly outputs?: Tensors | undefined;
  /** Null removes it. */
  readonly checkpoint?: Uint8Array | null | undefined;
  /** True once the job needs its inputs no longer. */
  readonly dropInputs?: boolean | undefined;
}

export interface JobStore {
  /** The records of all jobs, oldest first. */
  records(): readonly JobRecord[];
  /**
   * Settles once the job and its inputs are on disk.
   * @throws Error: nothing of it is there
   */
  create(record: JobRecord, inputs: Tensors): Promise<void>;
  /**
   * Settles once the change is on disk, also of a job that could not be created. Changes are written in the order of the calls.
   * @throws Error: nothing of it is there
   */
  write(change: JobChange): Promise<void>;
  /** Removes jobs with all that belongs to them. */
  remove(jobs: readonly string[]): Promise<void>;
  /** The inputs that were given to `create`. */
  inputs(job: string): Promise<Tensors>;
  checkpoint(job: string): Promise<Uint8Array | undefined>;
  history(job: string): Promise<JobHistory>;
  outputs(job: string): Promise<Tensors | undefined>;
  /** Settles once the changes that were begun have ended. Repeated calls have no further effect. */
  close(): Promise<void>;
}

export const noHistory: JobHistory = { log: [], curve: [] };

/** The error for what the disk refused. */
export function notStored(cause: unknown): HeadgateError {
  return new HeadgateError(
    "unavailable",
    `the gateway could not write the job to its data folder${inBrackets(cause)}`,
    { cause },
  );
}
