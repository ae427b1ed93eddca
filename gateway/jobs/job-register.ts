/** All jobs by name, and those of each namespace in the order in which they came. Others' jobs are never found. */
import { HeadgateError } from "../../protocol/errors.js";
import type { JobState, JobStateName } from "../../protocol/train-frames.js";
import type { Job } from "./job.js";
import type { JobLoad } from "./job-admission.js";
import type { JobLimits } from "./job-limits.js";
import { hasEnded } from "./job-record.js";

export interface JobQuery {
  readonly state?: JobStateName | undefined;
  /** Only the jobs older than this one. */
  readonly before?: string | undefined;
  readonly limit: number;
}

export interface JobPage {
  readonly jobs: readonly JobState[];
  /** Given as `before`, it continues the list; absent at the end. */
  readonly next?: string;
}

export class JobRegister {
  private readonly jobs = new Map<string, Job>();
  /** The oldest first. */
  private readonly namespaces = new Map<string, Set<Job>>();
  private readonly unended = new Set<Job>();
  private lastSequence = 0;

  constructor(private readonly limits: Pick<JobLimits, "keptMax" | "ageMaxMs">) {}

  nextSequence(): number {
    return ++this.lastSequence;
  }

  /** Jobs are added in the order of their sequences. */
  add(job: Job): void {
    this.jobs.set(job.name, job);
    const own = this.namespaces.get(job.namespace) ?? new Set<Job>();
    this.namespaces.set(job.namespace, own.add(job));
    if (!hasEnded(job.record)) this.unended.add(job);
    this.lastSequence = Math.max(this.lastSequence, job.record.sequence);
  }

  /** The job's end is on disk. */
  ended(job: Job): void {
    this.unended.delete(job);
  }

  remove(job: Job): void {
    this.jobs.delete(job.name);
    this.unended.delete(job);
    const own = this.namespaces.get(job.namespace);
    own?.delete(job);
    if (own?.size === 0) this.namespaces.delete(job.namespace);
  }

  get(name: string): Job {
    const job = this.jobs.get(name);
    if (job === undefined) throw new Error(`there is no job ${name}`);
    return job;
  }

  known(namespace: string, name: string): Job | undefined {
    const job = this.jobs.get(name);
    return job?.isStored === true && job.namespace === namespace ? job : undefined;
  }

  /** @throws HeadgateError not_found, for a job of another namespace too */
  find(namespace: string, name: string): Job {
    const job = this.known(namespace, name);
    if (job !== undefined) return job;
    throw new HeadgateError(
      "not_found",
      `job: ${name} is unknown; the newest ${this.limits.keptMax} jobs are kept (jobs lists them)`,
    );
  }

  /** @throws HeadgateError not_found for an unknown `before` */
  list(namespace: string, { state, before, limit }: JobQuery): JobPage {
    const olderThan = before === undefined ? Infinity : this.find(namespace, before).record.sequence;
    const found = [...(this.namespaces.get(namespace) ?? [])].filter(
      ({ isStored, record }) =>
        isStored && record.sequence < olderThan && (state === undefined || record.state === state),
    );
    const page = found.reverse().slice(0, limit);
    const last = page.at(-1);
    return {
      jobs: page.map((job) => job.state()),
      ...(found.length > page.length && last !== undefined && { next: last.name }),
    };
  }

  all(): Job[] {
    return [...this.jobs.values()];
  }

  /** The jobs that have not ended. */
  live(): Job[] {
    return [...this.unended];
  }

  /** Names of a namespace's jobs that have not ended. */
  liveNames(namespace: string): string[] {
    return this.live()
      .filter((job) => job.namespace === namespace && job.isStored)
      .map(({ name }) => name);
  }

  /** What waits, of all tenants and of one. */
  load(tenant: string): Omit<JobLoad, "waitMs"> {
    const load = { queued: 0, tenantQueued: 0, inputBytes: 0, tenantInputBytes: 0 };
    for (const { record } of this.unended) {
      const waits = record.state === "queued" ? 1 : 0;
      const own = record.principal.tenant === tenant;
      load.queued += waits;
      load.inputBytes += record.inputBytes;
      if (!own) continue;
      load.tenantQueued += waits;
      load.tenantInputBytes += record.inputBytes;
    }
    return load;
  }

  /**
   * Takes out the ended jobs that are kept no longer: those that are too old, and the oldest of a namespace that has
   * too many.
   * @param wall milliseconds since the epoch
   */
  takeExpired(wall: number): readonly Job[] {
    const gone: Job[] = [];
    for (const jobs of this.namespaces.values()) {
      let more = jobs.size - this.limits.keptMax;
      for (const job of jobs) {
        if (this.unended.has(job)) continue;
        const age = wall - (job.record.endedTs ?? wall);
        if (more <= 0 && age <= this.limits.ageMaxMs) continue;
        gone.push(job);
        more--;
      }
    }
    for (const job of gone) this.remove(job);
    return gone;
  }

  /** Jobs by their state. */
  counts(): Record<JobStateName, number> {
    const counts = { queued: 0, running: 0, done: 0, failed: 0, cancelled: 0 };
    for (const { record } of this.jobs.values()) counts[record.state]++;
    return counts;
  }
}
