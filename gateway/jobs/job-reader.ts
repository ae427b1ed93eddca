/** What the namespaces' jobs are asked for, whether they run or have ended. */
import type { Tensors } from "../../engines/engine.js";
import type { JobState, TrainingSummary } from "../../protocol/train-frames.js";
import { summaryOf } from "./job.js";
import type { JobQuery, JobRegister } from "./job-register.js";
import type { JobHistory, JobStore } from "./job-store.js";

export interface JobReaderDependencies {
  readonly register: JobRegister;
  readonly store: Pick<JobStore, "history" | "outputs">;
}

export class JobReader {
  constructor(private readonly sources: JobReaderDependencies) {}

  /** The state as snapshots of the job's topic show it; null for an unknown job. */
  state(namespace: string, job: string): JobState | null {
    return this.sources.register.known(namespace, job)?.state() ?? null;
  }

  /** Names of the namespace's jobs that have not ended. */
  liveNames(namespace: string): readonly string[] {
    return this.sources.register.liveNames(namespace);
  }

  /** The namespace's jobs, newest first. */
  list(namespace: string, query: JobQuery): { readonly jobs: readonly JobState[]; readonly next?: string } {
    return this.sources.register.list(namespace, query);
  }

  /** @throws HeadgateError not_found */
  describe(namespace: string, job: string): JobState {
    return this.sources.register.find(namespace, job).state();
  }

  /**
   * Its log and its learning curve.
   * @throws HeadgateError not_found
   */
  async history(namespace: string, name: string): Promise<JobHistory> {
    const job = this.sources.register.find(namespace, name);
    return job.resources === undefined ? this.sources.store.history(name) : job.history();
  }

  /**
   * The fitted attributes; undefined before the fit has ended, and where they were too large to be kept.
   * @throws HeadgateError not_found
   */
  async outputs(namespace: string, name: string): Promise<Tensors | undefined> {
    const job = this.sources.register.find(namespace, name);
    return job.resources === undefined ? this.sources.store.outputs(name) : job.outputs;
  }

  /**
   * What the fit took, and what came of it; undefined before it has fitted.
   * @throws HeadgateError not_found
   */
  summary(namespace: string, name: string): TrainingSummary | undefined {
    const { record } = this.sources.register.find(namespace, name);
    return record.fitMs === null ? undefined : summaryOf(record);
  }

  /** The job that publishes this version now; null where none does. */
  publisherOf(model: string, version: string): string | null {
    const publishing = this.sources.register
      .live()
      .find(
        ({ record: { stage, publication } }) =>
          stage === "publish" && publication?.model === model && (publication.version ?? version) === version,
      );
    return publishing?.name ?? null;
  }
}
