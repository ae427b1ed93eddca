/**
 * Ends jobs, each once. The end is written before its event is logged, and written again until the disk takes it: a job
 * whose end is not on disk begins again after a restart, and must not have ended for its subscribers before.
 */
import type { HeadgateError } from "../../protocol/errors.js";
import type { JobChanged } from "../../protocol/train-frames.js";
import type { Clock } from "../clock.js";
import type { Job } from "./job.js";
import type { JobEvents } from "./job-events.js";
import { bytesOf } from "./job-inputs.js";
import type { JobLimits } from "./job-limits.js";
import type { JobRecord } from "./job-record.js";
import { type JobChange, type JobStore, notStored } from "./job-store.js";

/** Milliseconds between two tries to write an end. */
const againMs = 1_000;

export interface EndingDependencies {
  readonly store: Pick<JobStore, "write">;
  readonly events: Pick<JobEvents, "changed">;
  readonly clock: Clock;
  readonly limits: Pick<JobLimits, "resultBytesMax">;
  /** Called for each try that the disk refused. */
  readonly notWritten: (error: unknown) => void;
  /** Called once for each job, when its end is on disk. */
  readonly ended: (job: Job) => void;
}

/** How a job ends. */
export type JobEnd =
  | { readonly state: "done" }
  | { readonly state: "failed" | "cancelled"; readonly error: HeadgateError };

export class JobEndings {
  private stopped = false;
  private readonly writing = new Set<Promise<void>>();

  constructor(private readonly parts: EndingDependencies) {}

  /**
   * Ends the job unless it has ended.
   * @returns settles with the first try to write it: rejected with `unavailable` when the disk refused
   */
  end(job: Job, end: JobEnd): Promise<void> {
    if (job.ended) return Promise.resolve();
    job.ending = true;
    const error = end.state === "done" ? null : { code: end.error.code, message: end.error.message };
    const record: JobRecord = {
      ...job.record,
      state: end.state,
      stage: null,
      endedTs: this.parts.clock.wall(),
      hasCheckpoint: false,
      error,
    };
    if (end.state !== "done") {
      job.reservation?.fail(end.error);
      job.resources?.waiting?.reject(end.error);
    }
    // Nobody relies on a job that was not acked to survive: its end is visible at once, with its answer.
    if (!record.background) job.record = record;
    const outputs = this.keptOutputs(job);
    const change = { record, history: job.history(), outputs, checkpoint: null, dropInputs: true };
    const first = this.parts.store.write(change);
    const written = this.writeUntilKept(job, change, first).finally(() => this.writing.delete(written));
    this.writing.add(written);
    return first.catch((cause: unknown) => {
      throw notStored(cause);
    });
  }

  /** Takes over an end that subscribers know and that an earlier gateway could not write. */
  async adopt(
    job: Job,
    { state, ended_ts, fit_ms, convert_ms, published, error }: JobChanged,
  ): Promise<void> {
    job.change({
      state,
      stage: null,
      endedTs: ended_ts,
      fitMs: fit_ms,
      convertMs: convert_ms,
      published,
      error,
    });
    job.release();
    this.parts.ended(job);
    await this.parts.store.write({ record: job.record, dropInputs: true }).catch(this.parts.notWritten);
  }

  /** Settles once no end is being written; from then on none is tried again. */
  async stop(): Promise<void> {
    this.stopped = true;
    await Promise.all(this.writing);
  }

  private async writeUntilKept(job: Job, change: JobChange, first: Promise<void>): Promise<void> {
    for (let tried = first; ; tried = this.parts.store.write(change)) {
      try {
        await tried;
        break;
      } catch (error) {
        this.parts.notWritten(error);
        if (!change.record.background) break; // nobody was told that it is kept
        if (this.stopped) return;
        await new Promise<void>((resolve) => this.parts.clock.after(againMs, resolve));
        if (this.stopped) return;
      }
    }
    job.record = change.record;
    job.release();
    await this.parts.events.changed(change.record);
    this.parts.ended(job);
  }

  private keptOutputs(job: Job) {
    const { outputs } = job;
    if (outputs === undefined) return undefined;
    const bytes = bytesOf(outputs);
    const { resultBytesMax } = this.parts.limits;
    if (bytes <= resultBytesMax) return outputs;
    job.log(
      `the fitted attributes, ${bytes} bytes, were not kept with the job: training.result_bytes allows ${resultBytesMax}`,
    );
    return undefined;
  }
}
