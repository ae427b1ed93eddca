/** What a training is asked for, and what it answers with. */
import type { Tensors } from "../../engines/engine.js";
import type { InputsUsed } from "../../protocol/reference.js";
import type { NestedParameters, Publication, TrainingSummary } from "../../protocol/train-frames.js";
import type { Principal } from "../auth/principal.js";
import type { QuotaAccount } from "../quotas/quota-account.js";
import type { PendingAnswer } from "../waiting/pending-answer.js";

/** What a model's card tells about the data. */
export interface TrainingDataDigest {
  /** The SHA-256 of the training data in its canonical form, in hex. */
  readonly sha256: string;
  readonly rows: number;
  readonly columns: number;
}

export interface JobRequest {
  /** The job's name, of one that the gateway submits by itself; absent: a new one. */
  readonly job?: string | undefined;
  readonly principal: Principal;
  readonly account: QuotaAccount | undefined;
  readonly trainer: string;
  /** Validated against the trainer's signature. */
  readonly inputs: Tensors;
  /** What the inputs that came by reference stood for: of datasets, rows that never change. */
  readonly used: InputsUsed;
  /** Validated, with the defaults filled in. */
  readonly parameters: NestedParameters;
  readonly keepSeconds?: number | undefined;
  readonly publication?: Publication | undefined;
  readonly background: boolean;
  readonly label?: string | undefined;
  /** Milliseconds until the deadline of a request that waits; a job in the background has none. */
  readonly timeoutMs: number;
  /** 1 is the highest. */
  readonly priority: number;
  readonly data: TrainingDataDigest;
}

export interface JobAnswer {
  /** The fitted attributes. */
  readonly outputs: Tensors;
  /** Of a model that is kept; requests that name it before it is open wait. */
  readonly handle: string | undefined;
  readonly training: TrainingSummary;
}

export interface JobSubmission {
  readonly job: string;
  /**
   * Settles once the job is on disk: only then a job in the background may be acked.
   * @throws HeadgateError unavailable, and then there is no such job
   */
  readonly stored: Promise<void>;
  /** Undefined for a job in the background. Cancelling it cancels the job. */
  readonly answer: PendingAnswer<JobAnswer> | undefined;
}
