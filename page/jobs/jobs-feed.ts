/**
 * Follows the trainings: the list once on each connection, then every change as it is pushed. Of the chosen one the
 * log and the curve are asked for when it changes, and at most every two seconds while it goes on.
 */
import type { Gate } from "../../client/typescript/gate.js";
import type { JobUpdate, Subscription } from "../../client/typescript/subscription.js";
import type { CurvePoint, JobState } from "../../protocol/train-frames.js";
import { withProgress, withState } from "./job-rows.js";

/** Jobs that the list has. */
const listedMax = 200;
const pauseMs = 2_000;

export interface JobDetail {
  readonly job: string;
  readonly log: readonly string[];
  readonly curve: readonly CurvePoint[];
}

export class JobsFeed {
  private readonly subscription: Subscription | undefined;
  private known: readonly JobState[] | undefined;
  private detailed: JobDetail | undefined;
  private chosen: string | undefined;
  private isAsking = false;
  private isStale = false;
  private isEnded = false;
  private why: string | undefined;

  constructor(
    private readonly gate: Gate,
    private readonly changed: () => void,
  ) {
    this.subscription = this.subscribed();
    void this.list();
  }

  /** Undefined until the gateway has told of them. */
  get jobs(): readonly JobState[] | undefined {
    return this.known;
  }

  /** The log and the curve of the chosen job, once they have come. */
  get detail(): JobDetail | undefined {
    return this.detailed?.job === this.chosen ? this.detailed : undefined;
  }

  /** Why nothing can be shown. */
  get problem(): string | undefined {
    return this.why;
  }

  choose(job: string | undefined): void {
    if (job === this.chosen) return;
    this.chosen = job;
    void this.ask();
  }

  cancel(job: string): Promise<void> {
    return this.gate.job(job).cancel();
  }

  end(): void {
    this.isEnded = true;
    this.subscription?.close();
  }

  private subscribed(): Subscription | undefined {
    try {
      const subscription = this.gate.subscribe("job.*", { onJob: (event) => this.heard(event) });
      void this.untilEnd(subscription);
      return subscription;
    } catch (error) {
      this.failed(error);
      return undefined;
    }
  }

  private async untilEnd(subscription: Subscription): Promise<void> {
    try {
      for await (const _ of subscription);
    } catch (error) {
      this.failed(error);
    }
  }

  private heard(event: JobUpdate): void {
    if (this.known === undefined || this.isEnded) return;
    this.known =
      event.kind === "job_progress" ? withProgress(this.known, event) : withState(this.known, event);
    if (event.job === this.chosen) void this.ask();
    this.changed();
  }

  private async list(): Promise<void> {
    try {
      this.known = await this.gate.jobs({ limit: listedMax });
      this.changed();
    } catch (error) {
      this.failed(error);
    }
  }

  /** Asks for the log and the curve, one request at a time; what comes meanwhile is asked for after a pause. */
  private async ask(): Promise<void> {
    this.isStale = true;
    if (this.isAsking) return;
    this.isAsking = true;
    while (this.isStale && !this.isEnded && this.chosen !== undefined) {
      this.isStale = false;
      await this.askOnce(this.chosen);
      if (this.detailed?.job === this.chosen) await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
    this.isAsking = false;
  }

  private async askOnce(name: string): Promise<void> {
    const job = this.gate.job(name);
    try {
      const [log, curve] = await Promise.all([job.log(), job.curve()]);
      this.detailed = { job: name, log, curve };
    } catch {
      this.detailed = { job: name, log: [], curve: [] }; // the list tells that there is no such job any more
    }
    if (!this.isEnded) this.changed();
  }

  private failed(error: unknown): void {
    if (this.isEnded) return;
    this.why = error instanceof Error ? error.message : String(error);
    this.changed();
  }
}
