/** Takes trainings as jobs: what can be refused is refused first, and what is in the background is stored first. */
import { customAlphabet } from "nanoid";
import type { Tensors } from "../../engines/engine.js";
import { HeadgateError } from "../../protocol/errors.js";
import type { PendingAnswer } from "../waiting/pending-answer.js";
import { Settlement } from "../waiting/settlement.js";
import { Job, type JobResources } from "./job.js";
import { requireJobRoom } from "./job-admission.js";
import type { JobEnd } from "./job-endings.js";
import { bytesOf, storedInputs } from "./job-inputs.js";
import type { JobLimits } from "./job-limits.js";
import { goingAway, ignored, type JobPlaces, processedOf } from "./job-places.js";
import { newRecord } from "./job-record.js";
import type { JobRegister } from "./job-register.js";
import type { JobAnswer, JobRequest, JobSubmission } from "./job-request.js";
import type { JobRunnerDependencies } from "./job-runner.js";
import { notStored } from "./job-store.js";

const newName = customAlphabet("0123456789abcdefghijklmnopqrstuvwxyz", 16);

export interface JobSubmissionDependencies
  extends Pick<JobRunnerDependencies, "store" | "engine" | "models" | "clock"> {
  readonly limits: JobLimits;
  readonly register: JobRegister;
  /** Called for a record that the disk refused. */
  readonly notWritten: (error: unknown) => void;
}

export class JobSubmissions {
  private stopped = false;

  constructor(
    private readonly dependencies: JobSubmissionDependencies,
    private readonly places: Pick<JobPlaces, "accept" | "end" | "waitMs">,
  ) {}

  /** Every further job is refused. */
  stop(): void {
    this.stopped = true;
  }

  /**
   * @throws HeadgateError failed_precondition without a trainer, resource_exhausted where no more may wait, and what
   * the check of a publication says
   */
  submit(request: JobRequest): JobSubmission {
    this.requireAvailable();
    const { principal, publication, background } = request;
    if (publication !== undefined) this.dependencies.models.requirePublishable(publication, principal);
    const { references, tensors } = background
      ? storedInputs(request)
      : { references: {}, tensors: request.inputs };
    const inputBytes = bytesOf(tensors);
    this.requireRoom(principal.tenant, inputBytes);
    const { register, clock } = this.dependencies;
    const sequence = register.nextSequence();
    const record = newRecord(request, request.job ?? newName(), sequence, clock.wall(), {
      references,
      inputBytes,
    });
    const waiting = background ? undefined : new Settlement<JobAnswer>();
    const resources: JobResources = {
      account: request.account,
      waiting,
      inputs: background ? undefined : tensors,
    };
    const job = new Job(record, resources, this.dependencies.limits);
    register.add(job);
    const stored = background ? this.store(job, tensors) : this.record(job);
    const answer = waiting && this.answerOf(job, waiting, request.timeoutMs);
    return { job: job.name, stored, answer };
  }

  private requireAvailable(): void {
    const { availability } = this.dependencies.engine;
    if (availability.kind === "missing") throw new HeadgateError("failed_precondition", availability.reason);
    if (this.stopped) throw goingAway("no");
  }

  private requireRoom(tenant: string, bytes: number): void {
    const { register, limits } = this.dependencies;
    requireJobRoom(bytes, { ...register.load(tenant), waitMs: this.places.waitMs() }, limits);
  }

  private async store(job: Job, inputs: Tensors): Promise<void> {
    try {
      await this.dependencies.store.create(job.record, inputs);
    } catch (error) {
      job.ending = true;
      this.dependencies.register.remove(job);
      throw notStored(error);
    }
    job.isStored = true;
    this.places.accept(job);
  }

  /** A restart of the gateway ends what it finds: nobody relies on it, and the fit does not wait for the disk. */
  private async record(job: Job): Promise<void> {
    this.places.accept(job);
    try {
      await this.dependencies.store.create(job.record, {});
    } catch (error) {
      this.dependencies.notWritten(error);
    }
  }

  private answerOf(job: Job, waiting: Settlement<JobAnswer>, timeoutMs: number): PendingAnswer<JobAnswer> {
    waiting.after(timeoutMs, this.dependencies.clock, () => {
      const error = new HeadgateError("deadline_exceeded", `no answer within ${timeoutMs} ms`, {
        processed: processedOf(job),
      });
      if (waiting.reject(error)) this.abandon(job, { state: "failed", error });
    });
    const cancel = () => {
      const error = new HeadgateError("cancelled", "the request was cancelled", {
        processed: processedOf(job),
      });
      if (waiting.reject(error)) this.abandon(job, { state: "cancelled", error });
    };
    return { answer: waiting.answer, cancel };
  }

  /** Nobody waits any more. A version that is being published is published: it cannot be half there. */
  private abandon(job: Job, end: JobEnd): void {
    if (job.record.stage !== "publish") this.places.end(job, end).catch(ignored);
  }
}
