/**
 * The trainings of all namespaces. Each is a job: it waits for a place, runs, and ends exactly once. A job for which a
 * request waits is cancelled with the request; a job in the background outlives the connection and the gateway.
 */
import { HeadgateError } from "../../protocol/errors.js";
import type { JobState } from "../../protocol/train-frames.js";
import type { QuotaAccount } from "../quotas/quota-account.js";
import { goingAway, JobPlaces, type JobPlacesDependencies, processedOf } from "./job-places.js";
import { JobReader } from "./job-reader.js";
import type { JobRequest, JobSubmission } from "./job-request.js";
import { restoredJob, stoppedRecord } from "./job-restart.js";
import type { JobRetention } from "./job-retention.js";
import { type JobSubmissionDependencies, JobSubmissions } from "./job-submissions.js";
import { JobTakeUp } from "./job-take-up.js";

export interface JobsOptions extends JobPlacesDependencies, JobSubmissionDependencies {
  readonly limits: JobSubmissionDependencies["limits"];
  readonly retention: JobRetention;
  readonly accountOf: (tenant: string) => QuotaAccount | undefined;
}

export class Jobs extends JobReader {
  private readonly places: JobPlaces;
  private readonly submissions: JobSubmissions;
  private readonly leftovers: JobTakeUp;

  constructor(private readonly options: JobsOptions) {
    super(options);
    this.places = new JobPlaces(options);
    this.submissions = new JobSubmissions(options, this.places);
    this.leftovers = new JobTakeUp(options, this.places);
    for (const record of options.store.records())
      options.register.add(restoredJob(record, options.limits, options.accountOf(record.principal.tenant)));
  }

  /** Starts jobs from now on, the ones that an earlier gateway left first: the models are loaded. */
  start(): void {
    const { retention, register, failed } = this.options;
    retention.start();
    for (const job of register.all())
      this.leftovers.takeUp(job).catch((error: unknown) => failed(error, job.name));
    this.places.open();
  }

  /**
   * @throws HeadgateError failed_precondition without a trainer, resource_exhausted where no more may wait, and what
   * the check of a publication says
   */
  submit(request: JobRequest): JobSubmission {
    return this.submissions.submit(request);
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
    await this.places.end(job, { state: "cancelled", error });
    return job.state();
  }

  /** Jobs by their state, those that wait for a place, and the places that are used. */
  get figures() {
    return { states: this.options.register.counts(), ...this.places.figures };
  }

  /** Starts nothing more, and stops what runs: jobs in the background begin again with the next gateway. */
  async stop(): Promise<void> {
    this.submissions.stop();
    this.leftovers.stop();
    this.places.close();
    const { register, retention, endings, store, notWritten } = this.options;
    retention.stop();
    const leaving = register.live().map(async (job) => {
      if (!job.record.background)
        return this.places.end(job, { state: "cancelled", error: goingAway(processedOf(job)) });
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
}
