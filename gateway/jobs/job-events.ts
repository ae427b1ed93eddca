/** Logs and publishes the events on `job.<id>`: each change of state or stage, and the progress, at most once a second. */
import type { EventData } from "../../protocol/frames.js";
import { jobTopic } from "../../protocol/topics.js";
import type { JobChanged } from "../../protocol/train-frames.js";
import type { Clock } from "../clock.js";
import type { LoggedEvent, WritableEventLog } from "../events/event-log.js";
import type { Job } from "./job.js";
import { hasEnded, type JobRecord, jobState, noProgress } from "./job-record.js";

/** Milliseconds between two events of progress of one job. */
const progressMs = 1_000;

export class JobEvents {
  /** By job: when its next progress may be published, and the timer that does it. */
  private readonly paced = new Map<string, { until: number; cancel: (() => void) | undefined }>();

  /** @param notLogged called for an event that could not be written; its subscribers learn the state with the next one */
  constructor(
    private readonly log: Pick<WritableEventLog, "commit" | "lastOffset" | "read">,
    private readonly publish: (event: LoggedEvent) => void,
    private readonly clock: Clock,
    private readonly notLogged: (error: unknown, job: string) => void,
  ) {}

  /** The record is on disk. */
  changed(record: JobRecord): Promise<void> {
    this.settle(record);
    return this.commit(record, { ...jobState(record, noProgress), kind: "job_changed" });
  }

  /** Logs the end of a job unless it was logged: a kill may have come between the job's end and its event. */
  async announce(record: JobRecord): Promise<void> {
    if ((await this.toldEnd(record)) === undefined) await this.changed(record);
  }

  /** The end that subscribers were told; `removed` where retention has removed the events of the job. */
  async toldEnd({ job, principal: { namespace } }: JobRecord): Promise<JobChanged | "removed" | undefined> {
    const key = { namespace, topic: jobTopic(job) };
    const last = this.log.lastOffset(key);
    if (last === 0) return undefined;
    const [newest] = await this.log.read(key, last - 1, 1);
    if (newest === undefined) return "removed";
    return newest.data.kind === "job_changed" && hasEnded(newest.data) ? newest.data : undefined;
  }

  /** The newest progress of a job is published now, or when a second has passed since the one before. */
  progressed(job: Job): void {
    const now = this.clock.now();
    const pace = this.paced.get(job.name) ?? { until: -Infinity, cancel: undefined };
    this.paced.set(job.name, pace);
    if (pace.cancel !== undefined) return;
    if (now >= pace.until) return this.publishProgress(job, pace);
    pace.cancel = this.clock.after(pace.until - now, () => {
      pace.cancel = undefined;
      this.publishProgress(job, pace);
    });
  }

  private publishProgress(job: Job, pace: { until: number }): void {
    const { record, progress } = job;
    if (job.ended || record.stage === null) return;
    pace.until = this.clock.now() + progressMs;
    const { iteration, shareDone: share_done, remainingMs: remaining_ms, loss, score } = progress;
    const { trainer, stage } = record;
    const hasFigures = Object.keys(progress.figures).length > 0;
    const told = {
      ...{ iteration, share_done, remaining_ms, loss, score },
      ...(hasFigures && { figures: progress.figures }),
    };
    void this.commit(record, { kind: "job_progress", job: job.name, trainer, stage, ...told });
  }

  /** Progress that waits is of the stage before. */
  private settle(record: JobRecord): void {
    const pace = this.paced.get(record.job);
    pace?.cancel?.();
    if (pace !== undefined) pace.cancel = undefined;
    if (hasEnded(record)) this.paced.delete(record.job);
  }

  private async commit({ job, principal: { namespace } }: JobRecord, data: EventData): Promise<void> {
    try {
      await this.log.commit({ events: [{ key: { namespace, topic: jobTopic(job) }, data }] }, this.publish);
    } catch (error) {
      this.notLogged(error, job);
    }
  }
}
