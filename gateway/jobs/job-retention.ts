/** Removes the jobs that are kept no longer: when another one ends, and once a minute. */
import type { Clock } from "../clock.js";
import type { JobRegister } from "./job-register.js";
import type { JobStore } from "./job-store.js";

/** Milliseconds between two looks for jobs that have become too old. */
const everyMs = 60_000;

export class JobRetention {
  private cancel: () => void = () => {};

  constructor(
    private readonly register: JobRegister,
    private readonly store: Pick<JobStore, "remove">,
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
    if (gone.length > 0) this.store.remove(gone.map(({ name }) => name)).catch(this.notWritten);
  }
}
