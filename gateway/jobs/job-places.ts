/** Gives the trainers' places to the jobs that wait, and runs each job there until it has ended. */
import { HeadgateError, type Processed } from "../../protocol/errors.js";
import { FitTimes } from "./fit-times.js";
import type { Job } from "./job.js";
import type { JobEnd, JobEndings } from "./job-endings.js";
import type { JobLimits } from "./job-limits.js";
import { JobQueue } from "./job-queue.js";
import type { JobRegister } from "./job-register.js";
import { JobRunner, type JobRunnerDependencies } from "./job-runner.js";

export interface JobPlacesDependencies extends JobRunnerDependencies {
  readonly limits: Pick<JobLimits, "tenantRunningMax">;
  readonly endings: JobEndings;
  readonly register: JobRegister;
  /** Called for an error that no request caused and no job explains. */
  readonly failed: (error: unknown, job: string) => void;
}

export class JobPlaces {
  private readonly queue: JobQueue;
  private readonly runner: JobRunner;
  private readonly times = new FitTimes();
  /** Closed places are not opened again. */
  private state: "not open yet" | "open" | "closed" = "not open yet";

  constructor(private readonly dependencies: JobPlacesDependencies) {
    const { engine, limits } = dependencies;
    this.queue = new JobQueue(
      () => engine.places,
      () => limits.tenantRunningMax,
    );
    this.runner = new JobRunner(dependencies);
  }

  /** Starts jobs from now on. */
  open(): void {
    if (this.state === "closed") return;
    this.state = "open";
    this.fill();
  }

  /** Starts nothing more. A job in the background that is interrupted now has not ended. */
  close(): void {
    this.state = "closed";
  }

  /** The jobs that wait, the places that are used, and how many there are. */
  get figures() {
    return { queued: this.queue.length, running: this.queue.used, places: this.dependencies.engine.places };
  }

  /** The job waits for a place from now on. */
  accept(job: Job): void {
    const { principal, background, priority, sequence } = job.record;
    if (job.ended) return;
    void this.dependencies.events.changed(job.record);
    const { tenant, weight } = principal;
    this.queue.add({ job: job.name, tenant, weight, background, priority, sequence });
    this.fill();
  }

  /** Ends a job wherever it is. Settles once the end is on disk. */
  async end(job: Job, end: JobEnd): Promise<void> {
    this.queue.remove(job.name);
    const written = this.dependencies.endings.end(job, end);
    job.stop?.();
    await written;
  }

  /** Milliseconds until the next place is expected to be free. */
  waitMs(): number {
    const { register, engine } = this.dependencies;
    const expected = register.live().map(({ record }) => this.times.expectedMs(record.trainer));
    const soonest = expected.length === 0 ? 0 : Math.min(...expected);
    return Math.max(1_000, Math.round(soonest / Math.max(1, engine.places)));
  }

  private fill(): void {
    const { register, clock } = this.dependencies;
    const expectedMs = (name: string) => this.times.expectedMs(register.get(name).record.trainer);
    while (this.state === "open") {
      const name = this.queue.start(clock.now(), expectedMs);
      if (name === undefined) return;
      void this.run(register.get(name));
    }
  }

  private async run(job: Job): Promise<void> {
    const { clock, endings } = this.dependencies;
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
      if (job.ended || (this.state === "closed" && job.record.background)) return;
      const error = this.told(cause, job);
      await endings
        .end(job, { state: error.code === "cancelled" ? "cancelled" : "failed", error })
        .catch(ignored);
    }
  }

  /** The error that the job's record shows. */
  private told(cause: unknown, job: Job): HeadgateError {
    if (cause instanceof HeadgateError) return cause;
    this.dependencies.failed(cause, job.name);
    return new HeadgateError("internal", "the training failed, the gateway's log says why", {
      cause,
      processed: "maybe",
    });
  }
}

export const goingAway = (processed: Processed) =>
  new HeadgateError("unavailable", "the gateway is going away", { processed });

/** Whether a job may have done something by now: one that is published may appear as a version. */
export function processedOf(job: Job): Processed {
  return job.record.state === "queued" ? "no" : "maybe";
}

/** What the disk refused was reported, and is tried again. */
export const ignored = () => undefined;
