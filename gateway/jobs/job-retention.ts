/** Removes the jobs that are kept no longer: when another one ends, and once a minute. */
import { jobTopic } from "../../protocol/topics.js";
import type { Clock } from "../clock.js";
import type { WritableEventLog } from "../events/event-log.js";
import type { Job } from "./job.js";
import type { JobRegister } from "./job-register.js";
import type { JobStore } from "./job-store.js";

/** Milliseconds between two looks for jobs that have become too old. */
const everyMs = 60_000;

export class JobRetention {
  private cancel: () => void = () => {};

  constructor(
    private readonly register: JobRegister,
    private readonly store: Pick<JobStore, "remove">,
    private readonly log: Pick<WritableEventLog, "commit">,
    private readonly clock: Clock,
    private readonly notWritten: (error: unknown) => void,
  ) {}

  start(): void {
    this.sweep();
    this.cancel = this.clock.after(everyMs, () => this.start());
  }

  stop(): void {
    this.cancel();
  }

  sweep(): void {
    const gone = this.register.takeExpired(this.clock.wall());
    if (gone.length > 0) this.remove(gone).catch(this.notWritten);
  }

  /** The topics go first: a job that is on disk without its topic is removed again after a kill, and not the reverse. */
  private async remove(gone: readonly Job[]): Promise<void> {
    await this.log.commit({
      forgotten: gone.map(({ namespace, name }) => ({ namespace, topic: jobTopic(name) })),
    });
    await this.store.remove(gone.map(({ name }) => name));
  }
}
