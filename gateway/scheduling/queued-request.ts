/** One request from its arrival to its answer. It is settled exactly once: later results are ignored. */
import type { Parameters, Servable } from "../../engines/servable.js";
import type { HeadgateError } from "../../protocol/errors.js";
import type { Timing, WireTensors } from "../../protocol/frames.js";
import type { InputsUsed } from "../../protocol/reference.js";
import type { HeapEntry } from "./heap.js";
import type { ModelQueueItem } from "./model-queue.js";
import type { TenantAccount } from "./tenant-shares.js";

/** Is told how much of a worker's time a request has used, once its batch has run. */
export interface ComputeMeter {
  /** @param now milliseconds on the monotonic clock */
  computed(ms: number, now: number): void;
}

export interface InferenceJob {
  readonly servable: Servable;
  /** The input tensors, in memory that no other request uses, because it may be transferred to the engine. */
  readonly inputs: WireTensors;
  readonly parameters: Parameters;
  readonly outputs: readonly string[] | undefined;
  readonly rows: number;
  readonly bucket: string;
  readonly tenant: string;
  readonly weight: number;
  readonly priority: number;
  readonly timeoutMs: number;
  /** Absent for the gateway's own requests. */
  readonly meter?: ComputeMeter | undefined;
}

export interface Answer {
  readonly model: string;
  readonly version: string;
  readonly outputs: WireTensors;
  readonly backend: string;
  readonly precision: string;
  readonly timing: Timing;
  /** What the references among the inputs stood for; absent where there was none. */
  readonly inputsUsed?: InputsUsed | undefined;
}

export class QueuedRequest implements ModelQueueItem {
  readonly answer: Promise<Answer>;
  readonly deadline: number;
  /** The request's entry in the heap of deadlines. */
  deadlineEntry: HeapEntry<QueuedRequest> | undefined;
  /** The request's position in its queue. */
  place: ModelQueueItem["place"];
  /** Milliseconds of compute time that the tenant was charged in advance for this request. */
  chargedMs = 0;
  /** True for a request that was accepted to test an estimate that would have refused it. */
  probe = false;
  private isSettled = false;
  private startedAt: number | undefined;
  private stop: () => void = () => {};
  private settle: { resolve: (answer: Answer) => void; reject: (error: HeadgateError) => void } | undefined;

  constructor(
    readonly job: InferenceJob,
    readonly arrivedAt: number,
    readonly sequence: number,
    readonly account: TenantAccount,
    readonly costClass = 0,
  ) {
    this.deadline = arrivedAt + job.timeoutMs;
    this.answer = new Promise((resolve, reject) => {
      this.settle = { resolve, reject };
    });
  }

  get bucket(): string {
    return this.job.bucket;
  }
  get rows(): number {
    return this.job.rows;
  }
  get priority(): number {
    return this.job.priority;
  }
  get settled(): boolean {
    return this.isSettled;
  }

  /** Milliseconds that the request waited before it was computed. */
  get queueMs(): number {
    return (this.startedAt ?? this.arrivedAt) - this.arrivedAt;
  }

  started(now: number, stop: () => void): void {
    this.startedAt = now;
    this.stop = stop;
  }

  /** Asks the engine to stop the run, if it can and no other request waits for the same run. */
  abort(): void {
    this.stop();
  }

  resolve(answer: Answer): void {
    if (this.isSettled) return;
    this.isSettled = true;
    this.settle?.resolve(answer);
  }

  reject(error: HeadgateError): void {
    if (this.isSettled) return;
    this.isSettled = true;
    this.settle?.reject(error);
  }
}
