/**
 * The jobs that wait for a place, in fair order: the tenant that has used the least compute time goes first; within a
 * tenant, requests that wait before jobs in the background, then the higher priority, then the older. A tenant's
 * running jobs are bounded, because a training cannot be interrupted: without a bound one tenant's would hold every
 * place for minutes while another waits. Pure.
 */
import { FairQueue, type FairQueueItem } from "../scheduling/fair-queue.js";
import { type TenantAccount, TenantShares } from "../scheduling/tenant-shares.js";

/** More than any priority: a job in the background comes after all requests that wait. */
const backgroundPriority = 1_000_000;

export interface QueuedJob {
  readonly job: string;
  readonly tenant: string;
  readonly weight: number;
  readonly background: boolean;
  /** 1 is the highest. */
  readonly priority: number;
  /** The order of arrival. */
  readonly sequence: number;
}

interface QueueEntry extends FairQueueItem {
  readonly queued: QueuedJob;
}

interface RunningEntry {
  readonly account: TenantAccount;
  readonly startedAt: number;
  /** Milliseconds that the tenant has been charged so far. */
  chargedMs: number;
}

export class JobQueue {
  private readonly shares = new TenantShares();
  private readonly waiting = new FairQueue<QueueEntry>();
  private readonly entries = new Map<string, QueueEntry>();
  private readonly running = new Map<string, RunningEntry>();

  /**
   * @param places jobs that may run at one time
   * @param tenantRunningMax jobs of one tenant that may run at one time
   */
  constructor(
    private readonly places: () => number,
    private readonly tenantRunningMax: () => number,
  ) {}

  get length(): number {
    return this.waiting.size;
  }

  get used(): number {
    return this.running.size;
  }

  /** Jobs of a tenant that wait. */
  lengthOf(tenant: string): number {
    let length = 0;
    for (const { queued } of this.entries.values()) if (queued.tenant === tenant) length++;
    return length;
  }

  /** Jobs that wait, in no particular order. */
  waitingJobs(): string[] {
    return [...this.entries.keys()];
  }

  add(queued: QueuedJob): void {
    const { tenant, weight, background, priority, sequence } = queued;
    const entry: QueueEntry = {
      queued,
      account: this.shares.of(tenant, weight),
      bucket: "",
      rows: 1,
      costClass: 0,
      priority: background ? backgroundPriority + priority : priority,
      deadline: 0,
      sequence,
      place: undefined,
    };
    this.entries.set(queued.job, entry);
    this.shares.enter(entry.account);
    this.waiting.push(entry);
  }

  /** Removes a job that waits; false where it does not wait. */
  remove(job: string): boolean {
    const entry = this.entries.get(job);
    if (entry === undefined) return false;
    this.entries.delete(job);
    this.waiting.remove(entry);
    this.shares.leave(entry.account);
    return true;
  }

  /** The job that takes a free place now, if there are both. It holds the place until `end`. */
  start(now: number, expectedMs: (job: string) => number): string | undefined {
    if (this.running.size >= this.places()) return undefined;
    this.chargeRunning(now);
    const most = Math.max(1, this.tenantRunningMax());
    const account = this.waiting.least(({ running }) => running < most);
    const entry = account && this.waiting.firstOf(account);
    if (account === undefined || entry === undefined) return undefined;
    const { job } = entry.queued;
    this.waiting.remove(entry);
    this.entries.delete(job);
    const chargedMs = expectedMs(job);
    this.shares.start(account, chargedMs);
    this.running.set(job, { account, startedAt: now, chargedMs });
    return job;
  }

  /** Frees the place of a job. */
  end(job: string, now: number): void {
    const entry = this.running.get(job);
    if (entry === undefined) return;
    this.running.delete(job);
    this.shares.finish(entry.account, entry.chargedMs, now - entry.startedAt);
    this.shares.leave(entry.account);
  }

  /** Charges each running job for the time beyond its estimate, so that a tenant with long jobs does not go first. */
  private chargeRunning(now: number): void {
    for (const entry of this.running.values()) {
      const moreMs = now - entry.startedAt - entry.chargedMs;
      if (moreMs <= 0) continue;
      this.shares.charge(entry.account, moreMs);
      entry.chargedMs += moreMs;
    }
  }
}
