/**
 * What happens to a job, for all who wait for it or read its progress: they share one subscription. On each connection
 * the job's state is asked for once more, so that no end is missed whatever was replayed.
 */
import { HeadgateError } from "../../protocol/errors.js";
import type { JobChanged, JobProgress, JobState } from "../../protocol/train-frames.js";
import type { SubscribeOptions, Subscription } from "./subscription.js";

export interface JobFeedActions {
  /** @param confirmed is called on each connection that has subscribed */
  readonly subscribe: (topic: string, options: SubscribeOptions, confirmed: () => void) => Subscription;
  readonly state: (job: string) => Promise<JobState>;
}

/** The feeds of one client, by job. */
export class JobFeeds {
  private readonly feeds = new Map<string, JobFeed>();

  constructor(private readonly actions: JobFeedActions) {}

  /** Uses the feed of a job; it is subscribed while anybody does. */
  async use<T>(job: string, work: (feed: JobFeed) => Promise<T>): Promise<T> {
    const feed = this.enter(job);
    try {
      return await work(feed);
    } finally {
      this.leave(job, feed);
    }
  }

  enter(job: string): JobFeed {
    const feed = this.feeds.get(job) ?? new JobFeed(job, this.actions);
    feed.readers++;
    this.feeds.set(job, feed);
    return feed;
  }

  leave(job: string, feed: JobFeed): void {
    if (--feed.readers > 0) return;
    this.feeds.delete(job);
    feed.close();
  }
}

/** Milliseconds before the state is asked for again, where a gateway could not tell it. */
const pauseMs = 1_000;

export class JobFeed {
  readers = 0;
  private readonly subscription: Subscription;
  private readonly wakers = new Set<() => void>();
  private newest: { readonly number: number; readonly progress: JobProgress } | undefined;
  private last: JobState | undefined;
  private error: HeadgateError | undefined;
  private isClosed = false;

  constructor(
    private readonly job: string,
    private readonly actions: JobFeedActions,
  ) {
    const options = { onJob: (event: JobProgress | JobChanged) => this.event(event) };
    this.subscription = actions.subscribe(`job.${job}`, options, () => void this.look());
    void this.untilEnd();
  }

  close(): void {
    this.isClosed = true;
    this.subscription.close();
  }

  /** The state at the job's end. */
  async ended(): Promise<JobState> {
    for (;;) {
      if (this.last !== undefined) return this.last;
      if (this.error !== undefined) throw this.error;
      await this.change();
    }
  }

  /** The newest progress, each once, until the job has ended. */
  async *progress(): AsyncGenerator<JobProgress, void> {
    let read = 0;
    for (;;) {
      if (this.newest !== undefined && this.newest.number > read) {
        read = this.newest.number;
        yield this.newest.progress;
      } else if (this.last !== undefined) return;
      else if (this.error !== undefined) throw this.error;
      else await this.change();
    }
  }

  private event(event: JobProgress | JobChanged): void {
    if (event.kind === "job_changed") return this.isNow({ ...event, kind: "job_state" });
    this.newest = { number: (this.newest?.number ?? 0) + 1, progress: event };
    this.wake();
  }

  private isNow(state: JobState): void {
    if (state.state === "queued" || state.state === "running") return;
    this.last = state;
    this.wake();
  }

  private async look(): Promise<void> {
    while (!this.isClosed && this.last === undefined && this.error === undefined) {
      try {
        return this.isNow(await this.actions.state(this.job));
      } catch (error) {
        if (!isPassing(error)) return this.fail(error);
        await new Promise((resolve) => setTimeout(resolve, pauseMs));
      }
    }
  }

  /** The iteration ends when the gateway refuses the subscription, or the client is closed. */
  private async untilEnd(): Promise<void> {
    try {
      for await (const _ of this.subscription);
      if (!this.isClosed) this.fail(new HeadgateError("cancelled", "the client was closed"));
    } catch (error) {
      this.fail(error);
    }
  }

  private fail(error: unknown): void {
    this.error ??= error instanceof HeadgateError ? error : new HeadgateError("internal", String(error));
    this.wake();
  }

  private wake(): void {
    for (const wake of this.wakers) wake();
    this.wakers.clear();
  }

  private change(): Promise<void> {
    return new Promise((resolve) => this.wakers.add(resolve));
  }
}

/** Whether the same question may be answered later. */
function isPassing(error: unknown): boolean {
  return error instanceof HeadgateError && (error.retryable || error.code === "deadline_exceeded");
}
