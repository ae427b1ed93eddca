/** Goes on with the jobs that an earlier gateway left. */
import type { TrainedModels } from "../models/trained-models.js";
import { pause } from "../waiting/pause.js";
import type { Job } from "./job.js";
import type { JobEndings } from "./job-endings.js";
import type { JobLimits } from "./job-limits.js";
import type { JobPlaces } from "./job-places.js";
import { takeUpPlan } from "./job-restart.js";
import type { JobRunnerDependencies } from "./job-runner.js";

/** Milliseconds between two tries to write a job that an earlier gateway left. */
const againMs = 1_000;

export interface JobTakeUpDependencies extends Pick<JobRunnerDependencies, "store" | "events" | "clock"> {
  readonly limits: JobLimits;
  readonly models: Pick<TrainedModels, "publishedBy">;
  readonly endings: JobEndings;
  /** Called for a record that the disk refused. */
  readonly notWritten: (error: unknown) => void;
}

export class JobTakeUp {
  private stopped = false;

  constructor(
    private readonly dependencies: JobTakeUpDependencies,
    private readonly places: Pick<JobPlaces, "accept">,
  ) {}

  /** No job is tried to be written any more. */
  stop(): void {
    this.stopped = true;
  }

  async takeUp(job: Job): Promise<void> {
    const { limits, models, endings, events, clock } = this.dependencies;
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
    this.places.accept(job);
  }

  private async isKept(job: Job): Promise<boolean> {
    try {
      await this.dependencies.store.write({ record: job.record });
      return true;
    } catch (error) {
      this.dependencies.notWritten(error);
      return false;
    }
  }
}
