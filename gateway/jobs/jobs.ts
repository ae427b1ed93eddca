/**
 * The trainings of all namespaces. Each is a job: it waits for a place, runs, and ends exactly once. A job for which a
 * request waits is cancelled with the request; a job in the background outlives the connection and the gateway.
 */
import { customAlphabet } from "nanoid";
import type { Tensors } from "../../engines/engine.js";
import { HeadgateError, type Processed } from "../../protocol/errors.js";
import type { JobState, TrainingSummary } from "../../protocol/train-frames.js";
import type { QuotaAccount } from "../quotas/quota-account.js";
import { pause } from "../waiting/pause.js";
import type { PendingAnswer } from "../waiting/pending-answer.js";
import { Settlement } from "../waiting/settlement.js";
import { FitTimes } from "./fit-times.js";
import { Job, type JobResources, summaryOf } from "./job.js";
import { requireJobRoom } from "./job-admission.js";
import type { JobEnd, JobEndings } from "./job-endings.js";
import { bytesOf, storedInputs } from "./job-inputs.js";
import type { JobLimits } from "./job-limits.js";
import { JobQueue } from "./job-queue.js";
import { newRecord } from "./job-record.js";
import type { JobQuery, JobRegister } from "./job-register.js";
import type { JobAnswer, JobRequest, JobSubmission } from "./job-request.js";
import { restoredJob, stoppedRecord, takeUpPlan } from "./job-restart.js";
import type { JobRetention } from "./job-retention.js";
import { JobRunner, type JobRunnerDependencies } from "./job-runner.js";
import { type JobHistory, notStored } from "./job-store.js";

/** Milliseconds between two tries to write a job that an earlier gateway left. */
const againMs = 1_000;

const newName = customAlphabet("0123456789abcdefghijklmnopqrstuvwxyz", 16);

export interface JobsOptions extends JobRunnerDependencies {
  readonly limits: JobLimits;
  readonly endings: JobEndings;
  readonly register: JobRegister;
  readonly retention: JobRetention;
  readonly accountOf: (tenant: string) => QuotaAccount | undefined;
  /** Called for a record that the disk refused. */
  readonly notWritten: (error: unknown) => void;
  /** Called for an error that no request caused and no job explains. */
  readonly failed: (error: unknown, job: string) => void;
}

export class Jobs {
  private readonly queue: JobQueue;
  private readonly runner: JobRunner;
  private readonly times = new FitTimes();
  private started = false;
  private stopped = false;

  constructor(private readonly options: JobsOptions) {
    const { engine, limits } = options;
    this.queue = new JobQueue(
      () => engine.places,
      () => limits.tenantRunningMax,
    );
    this.runner = new JobRunner(options);
    for (const record of options.store.records())
      options.register.add(restoredJob(record, limits, options.accountOf(record.principal.tenant)));
  }

  /** Starts jobs from now on, the ones that an earlier gateway left first: the models are loaded. */
  start(): void {
    this.started = true;
    this.options.retention.start();
    for (const job of this.options.register.all())
      this.takeUp(job).catch((error: unknown) => this.options.failed(error, job.name));
    this.fill();
  }

  /**
   * @throws HeadgateError failed_precondition without a trainer, resource_exhausted where no more may wait, and what
   * the check of a publication says
   */
  submit(request: JobRequest): JobSubmission {
    this.requireAvailable();
    const { principal, publication, background } = request;
    if (publication !== undefined) this.options.models.requirePublishable(publication, principal);
    const { references, tensors } = background
      ? storedInputs(request)
      : { references: {}, tensors: request.inputs };
    const inputBytes = bytesOf(tensors);
    this.requireRoom(principal.tenant, inputBytes);
    const { register, clock } = this.options;
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
    const job = new Job(record, resources, this.options.limits);
    register.add(job);
    const stored = background ? this.store(job, tensors) : this.record(job);
    const answer = waiting && this.answerOf(job, waiting, request.timeoutMs);
    return { job: job.name, stored, answer };
  }

  /** The state as snapshots of the job's topic show it; null for an unknown job. */
  state(namespace: string, job: string): JobState | null {
    return this.options.register.known(namespace, job)?.state() ?? null;
  }

  /** Names of the namespace's jobs that have not ended. */
  liveNames(namespace: string): readonly string[] {
    return this.options.register.liveNames(namespace);
  }

  /** The namespace's jobs, newest first. */
  list(namespace: string, query: JobQuery): { readonly jobs: readonly JobState[]; readonly next?: string } {
    return this.options.register.list(namespace, query);
  }

  /** @throws HeadgateError not_found */
  describe(namespace: string, job: string): JobState {
    return this.options.register.find(namespace, job).state();
  }

  /**
   * Its log and its learning curve.
   * @throws HeadgateError not_found
   */
  async history(namespace: string, name: string): Promise<JobHistory> {
    const job = this.options.register.find(namespace, name);
    return job.resources === undefined ? this.options.store.history(name) : job.history();
  }

  /**
   * The fitted attributes; undefined before the fit has ended, and where they were too large to be kept.
   * @throws HeadgateError not_found
   */
  async outputs(namespace: string, name: string): Promise<Tensors | undefined> {
    const job = this.options.register.find(namespace, name);
    return job.resources === undefined ? this.options.store.outputs(name) : job.outputs;
  }

  /**
   * What the fit took, and what came of it; undefined before it has fitted.
   * @throws HeadgateError not_found
   */
  summary(namespace: string, name: string): TrainingSummary | undefined {
    const { record } = this.options.register.find(namespace, name);
    return record.fitMs === null ? undefined : summaryOf(record);
  }

  /**
   * Settles once the end is on disk.
   * @throws HeadgateError not_found; failed_precondition for a job that has ended or is being published
   */
  async cancel(namespace: string, name: string): Promise<JobState> {
    const job = this.options.register.find(namespace, name);
    if (job.ended)
      throw new HeadgateError("failed_precondition", `job: ${name} has ended, it is ${job.state().state}`);
    if (job.record.stage === "publish")
      throw new HeadgateError(
        "failed_precondition",
        `job: ${name} is being published, which cannot be interrupted: unload the version once it serves`,
      );
    const error = new HeadgateError("cancelled", "the training was cancelled", { processed: "maybe" });
    await this.endJob(job, { state: "cancelled", error });
    return job.state();
  }

  /** Jobs by their state, those that wait for a place, and the places that are used. */
  get figures() {
    const { engine, register } = this.options;
    return {
      states: register.counts(),
      queued: this.queue.length,
      running: this.queue.used,
      places: engine.places,
    };
  }

  /** The job that publishes this version now; null where none does. */
  publisherOf(model: string, version: string): string | null {
    const isPublishing = ({ record: { stage, publication } }: Job) =>
      stage === "publish" && publication?.model === model && (publication.version ?? version) === version;
    return this.options.register.live().find(isPublishing)?.name ?? null;
  }

  /** Starts nothing more, and stops what runs: jobs in the background begin again with the next gateway. */
  async stop(): Promise<void> {
    this.stopped = true;
    const { register, retention, endings, store, notWritten } = this.options;
    retention.stop();
    const leaving = register.live().map(async (job) => {
      if (!job.record.background)
        return this.endJob(job, { state: "cancelled", error: goingAway(processedOf(job)) });
      const record = stoppedRecord(job.record);
      if (record === undefined || job.ended) return;
      job.ending = true;
      job.stop?.();
      await store.write({ record, history: job.history() }).catch(notWritten);
    });
    await Promise.allSettled(leaving);
    await endings.stop();
    await store.close();
  }

  /** Goes on with a job that an earlier gateway left. */
  private async takeUp(job: Job): Promise<void> {
    const { limits, models, endings, events, clock } = this.options;
    const plan = takeUpPlan(job.record, limits);
    if (plan.kind === "ended") return events.announce(job.record);
    if (plan.kind === "fail") {
      const told = await events.toldEnd(job.record);
      if (typeof told === "object") return endings.adopt(job, told);
      return endings.end(job, { state: plan.state, error: plan.error });
    }
    const { publication } = job.record;
    const published =
      publication && job.record.stage === "publish"
        ? await models.publishedBy(publication.model, job.name)
        : undefined;
    if (published !== undefined) {
      job.change({ published });
      return endings.end(job, { state: "done" });
    }
    job.change(plan.change);
    // The count is on disk before the job can end the gateway again.
    while (!(await this.isKept(job))) {
      await pause(againMs, clock);
      if (this.stopped) return;
    }
    this.accept(job);
  }

  private async isKept(job: Job): Promise<boolean> {
    try {
      await this.options.store.write({ record: job.record });
      return true;
    } catch (error) {
      this.options.notWritten(error);
      return false;
    }
  }

  private requireAvailable(): void {
    const { availability } = this.options.engine;
    if (availability.kind === "missing") throw new HeadgateError("failed_precondition", availability.reason);
    if (this.stopped) throw goingAway("no");
  }

  private requireRoom(tenant: string, bytes: number): void {
    const { register, limits } = this.options;
    requireJobRoom(bytes, { ...register.load(tenant), waitMs: this.waitMs() }, limits);
  }

  /** Milliseconds until the next place is expected to be free. */
  private waitMs(): number {
    const { register, engine } = this.options;
    const expected = register.live().map(({ record }) => this.times.expectedMs(record.trainer));
    const soonest = expected.length === 0 ? 0 : Math.min(...expected);
    return Math.max(1_000, Math.round(soonest / Math.max(1, engine.places)));
  }

  private async store(job: Job, inputs: Tensors): Promise<void> {
    try {
      await this.options.store.create(job.record, inputs);
    } catch (error) {
      job.ending = true;
      this.options.register.remove(job);
      throw notStored(error);
    }
    job.isStored = true;
    this.accept(job);
  }

  /** A restart of the gateway ends what it finds: nobody relies on it, and the fit does not wait for the disk. */
  private async record(job: Job): Promise<void> {
    this.accept(job);
    try {
      await this.options.store.create(job.record, {});
    } catch (error) {
      this.options.notWritten(error);
    }
  }

  /** The job waits for a place from now on. */
  private accept(job: Job): void {
    const { principal, background, priority, sequence } = job.record;
    if (job.ended) return;
    void this.options.events.changed(job.record);
    const { tenant, weight } = principal;
    this.queue.add({ job: job.name, tenant, weight, background, priority, sequence });
    this.fill();
  }

  private answerOf(job: Job, waiting: Settlement<JobAnswer>, timeoutMs: number): PendingAnswer<JobAnswer> {
    waiting.after(timeoutMs, this.options.clock, () => {
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
    if (job.record.stage !== "publish") this.endJob(job, end).catch(ignored);
  }

  private async endJob(job: Job, end: JobEnd): Promise<void> {
    this.queue.remove(job.name);
    const written = this.options.endings.end(job, end);
    job.stop?.();
    await written;
  }

  private fill(): void {
    if (!this.started || this.stopped) return;
    const { register, clock } = this.options;
    const expectedMs = (name: string) => this.times.expectedMs(register.get(name).record.trainer);
    for (;;) {
      const name = this.queue.start(clock.now(), expectedMs);
      if (name === undefined) return;
      void this.run(register.get(name));
    }
  }

  private async run(job: Job): Promise<void> {
    const { clock, endings } = this.options;
    const startedAt = clock.now();
    const free = () => {
      this.queue.end(job.name, clock.now());
      if (job.record.fitMs !== null) this.times.add(job.record.trainer, clock.now() - startedAt);
      this.fill();
    };
    try {
      await this.runner.run(job, free);
      await endings.end(job, { state: "done" });
    } catch (cause) {
      // A job in the background that the gateway's stop interrupts has not ended: the next gateway begins it again.
      if (job.ended || (this.stopped && job.record.background)) return;
      const error = this.told(cause, job);
      await endings
        .end(job, { state: error.code === "cancelled" ? "cancelled" : "failed", error })
        .catch(ignored);
    }
  }

  /** The error that the job's record shows. */
  private told(cause: unknown, job: Job): HeadgateError {
    if (cause instanceof HeadgateError) return cause;
    this.options.failed(cause, job.name);
    return new HeadgateError("internal", "the training failed, the gateway's log says why", {
      cause,
      processed: "maybe",
    });
  }
}

const goingAway = (processed: Processed) =>
  new HeadgateError("unavailable", "the gateway is going away", { processed });

/** Whether a job may have done something by now: one that is published may appear as a version. */
function processedOf(job: Job): Processed {
  return job.record.state === "queued" ? "no" : "maybe";
}

/** What the disk refused was reported, and is tried again. */
const ignored = () => undefined;
