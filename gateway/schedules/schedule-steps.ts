/**
 * Once a second each schedule is looked at: one that is due begins a retraining, and one that retrains is taken a step
 * further. A schedule has one retraining at a time; whatever falls due meanwhile makes it due once more at its end.
 */
import { HeadgateError } from "../../protocol/errors.js";
import type { ChallengerKept, RetrainFailed } from "../../protocol/schedule-frames.js";
import type { Clock } from "../clock.js";
import { countedSince, isDue, markNow, type TriggerSources } from "./due.js";
import type { Retrainings } from "./retraining.js";
import type { Schedule } from "./schedule.js";
import type { ScheduleLimits } from "./schedule-limits.js";
import type { ScheduleRecord } from "./schedule-record.js";
import type { ScheduleRegister } from "./schedule-register.js";
import type { ScheduleStore } from "./schedule-store.js";

/** Milliseconds between two looks at all schedules. */
const lookMs = 1_000;
/** Milliseconds until a step is tried again for which the gateway was too busy, or which the disk refused. */
const againMs = 10_000;
/** Milliseconds by which a clock is corrected without anything being counted anew: no time of the day comes twice. */
const backMs = 60_000;
/** How often it is tried, which takes ten minutes. */
const triesMax = 60;

export interface ScheduleStepsOptions {
  readonly store: ScheduleStore;
  readonly retrainings: Pick<Retrainings, "begin" | "advance" | "cancel">;
  /** What the triggers of a namespace count. */
  readonly sources: (namespace: string) => Omit<TriggerSources, "wall">;
  readonly clock: Clock;
  readonly limits: ScheduleLimits;
  /** Called when a retraining has ended without a promotion. */
  readonly ended: (event: ChallengerKept | RetrainFailed) => void;
  /** Called for a record that the disk refused. */
  readonly notWritten: (error: unknown) => void;
  /** Called for an error that no request and no job explains. */
  readonly failed: (error: unknown, schedule: string) => void;
}

export class ScheduleSteps {
  private cancelLook: (() => void) | undefined;
  private stopped = false;

  constructor(
    private readonly options: ScheduleStepsOptions,
    private readonly register: ScheduleRegister,
  ) {}

  look(): void {
    if (this.stopped) return;
    for (const schedule of this.register.all()) if (this.hasWork(schedule)) this.begin(schedule);
    this.cancelLook = this.options.clock.after(lookMs, () => this.look());
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.cancelLook?.();
    await Promise.all(this.register.all().map(({ step }) => step));
  }

  private hasWork({ record, step, pausedUntil }: Schedule): boolean {
    if (step !== undefined || pausedUntil > this.options.clock.now()) return false;
    return record.retraining !== null || this.fallenDue(record) !== undefined;
  }

  private begin(schedule: Schedule): void {
    schedule.step = this.advance(schedule)
      .catch((error: unknown) => this.options.failed(error, schedule.record.settings.schedule))
      .finally(() => {
        schedule.step = undefined;
      });
  }

  /** Takes a schedule as far as it gets without waiting. */
  private async advance(schedule: Schedule): Promise<void> {
    while (!schedule.removed && !this.stopped) {
      const { record } = schedule;
      const next = await this.next(schedule);
      if (next === undefined || next === record || schedule.removed) break;
      if (!(await this.isWritten(schedule, next))) break;
      schedule.tries = 0;
      schedule.record = next;
      this.report(record, next);
      if (next.retraining === null) break;
    }
    // A job that was submitted while it was removed.
    if (schedule.removed) await this.options.retrainings.cancel(schedule.record);
  }

  /** The record after the next step; the same one or undefined where there is nothing to do now. */
  private async next(schedule: Schedule): Promise<ScheduleRecord | undefined> {
    const { retrainings, clock } = this.options;
    const { record } = schedule;
    const due = record.retraining === null ? this.fallenDue(record) : record;
    // An error or another clock is noted, and nothing begins.
    if (due === undefined || (record.retraining === null && due.retrains === record.retrains)) return due;
    try {
      if (record.retraining === null) return { ...due, retraining: retrainings.begin(due) };
      return await retrainings.advance(record);
    } catch (cause) {
      const error = this.told(cause, record);
      if (error.retryable && record.retraining !== null && ++schedule.tries < triesMax) {
        schedule.pausedUntil = clock.now() + againMs;
        return undefined;
      }
      return { ...due, retraining: null, error: this.errorOf(error) };
    }
  }

  /**
   * The record of a schedule that is due now: what made it due is counted from here on, whatever comes of the
   * retraining, so that one that fails waits for the next time. Where the trigger's source is gone, only the error is
   * new. Undefined while there is nothing to do.
   */
  private fallenDue(record: ScheduleRecord): ScheduleRecord | undefined {
    const { settings, createdTs, principal, mark, notBeforeTs } = record;
    const { trigger } = settings;
    const sources = { ...this.options.sources(principal.namespace), wall: this.options.clock.wall() };
    if (mark.kind !== "time" && countedSince(trigger, mark, sources) === null)
      return this.withoutSource(record);
    if (sources.wall < notBeforeTs - this.options.limits.intervalMs - backMs)
      return afterSetBack(record, sources);
    if (sources.wall < notBeforeTs || !isDue(trigger, mark, sources)) return undefined;
    return {
      ...record,
      mark: markNow(trigger, createdTs, sources) ?? mark,
      notBeforeTs: sources.wall + this.options.limits.intervalMs,
      retrains: record.retrains + 1,
    };
  }

  private withoutSource(record: ScheduleRecord): ScheduleRecord | undefined {
    const { trigger } = record.settings;
    const message =
      "dataset" in trigger
        ? `trigger.dataset: the dataset ${trigger.dataset} is gone: put it again, and the schedule goes on`
        : "trigger.stream: the stream is not open: open it again, and the schedule goes on";
    if (record.error?.message === message) return undefined;
    return { ...record, error: this.errorOf(new HeadgateError("not_found", message)) };
  }

  private async isWritten(schedule: Schedule, record: ScheduleRecord): Promise<boolean> {
    try {
      await this.options.store.put(record);
      return true;
    } catch (error) {
      this.options.notWritten(error);
      schedule.pausedUntil = this.options.clock.now() + againMs;
      return false;
    }
  }

  private report(before: ScheduleRecord, { retraining, settings, last, error }: ScheduleRecord): void {
    const { model, schedule } = settings;
    if (retraining !== null) return;
    if (error !== null && error !== before.error)
      return this.options.ended({ kind: "retrain_failed", model, schedule, code: error.code });
    if (last === null || last === before.last || last.promoted) return;
    const { version, reason, score, candidate, champion, champion_score } = last;
    const scores = { score, candidate, champion, champion_score };
    this.options.ended({ kind: "challenger_kept", model, version, schedule, reason, ...scores });
  }

  private errorOf({ code, message }: HeadgateError): NonNullable<ScheduleRecord["error"]> {
    return { ts: this.options.clock.wall(), code, message };
  }

  private told(cause: unknown, record: ScheduleRecord): HeadgateError {
    if (cause instanceof HeadgateError) return cause;
    this.options.failed(cause, record.settings.schedule);
    return new HeadgateError("internal", "the retraining failed, the gateway's log says why", { cause });
  }
}

/**
 * The clock had run ahead when the schedule last fell due, and was set back: what it was to wait for then may be years
 * away, and times count from now.
 */
function afterSetBack(record: ScheduleRecord, sources: TriggerSources): ScheduleRecord {
  const { settings, createdTs, mark } = record;
  const next = mark.kind === "time" ? markNow(settings.trigger, createdTs, sources) : mark;
  return { ...record, mark: next ?? mark, notBeforeTs: sources.wall };
}
