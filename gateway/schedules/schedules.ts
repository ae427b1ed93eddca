/** The schedules of all namespaces: puts them, removes them, and has them looked at. */
import { customAlphabet } from "nanoid";
import { HeadgateError } from "../../protocol/errors.js";
import type { ScheduleSettings } from "../../protocol/schedule-frames.js";
import type { Principal } from "../auth/principal.js";
import { inBrackets } from "../storage/write-fault.js";
import { markNow, type TriggerSources } from "./due.js";
import { newSchedule, type Schedule } from "./schedule.js";
import { requireInterval, requireRoom } from "./schedule-limits.js";
import type { ScheduleRecord } from "./schedule-record.js";
import { ScheduleRegister } from "./schedule-register.js";
import { ScheduleSteps, type ScheduleStepsOptions } from "./schedule-steps.js";

const newId = customAlphabet("0123456789abcdefghijklmnopqrstuvwxyz", 12);

export interface PutSchedule {
  readonly settings: ScheduleSettings;
  readonly replace: boolean;
  readonly principal: Principal;
}

export class Schedules {
  readonly register = new ScheduleRegister();
  private readonly steps: ScheduleSteps;

  constructor(private readonly options: ScheduleStepsOptions) {
    this.steps = new ScheduleSteps(options, this.register);
    for (const record of options.store.records()) this.register.add(newSchedule(record));
  }

  /** Begins to look at them, the first time at once: the models are loaded, and jobs run. */
  start(): void {
    this.steps.look();
  }

  /** Settles once no step is under way; from then on none begins. */
  stop(): Promise<void> {
    return this.steps.stop();
  }

  /**
   * Settles once the schedule is on disk.
   * @returns whether there was none with these settings
   * @throws HeadgateError not_found for a trigger whose source is not there; failed_precondition for a schedule of this
   * name with other settings; resource_exhausted where there are too many
   */
  async put({ settings, replace, principal }: PutSchedule): Promise<boolean> {
    const { limits } = this.options;
    const known = this.register.get(principal.namespace, settings.schedule);
    if (known !== undefined && sameSettings(known.record.settings, settings)) {
      await known.stored;
      return false;
    }
    if (known !== undefined && !replace)
      throw new HeadgateError(
        "failed_precondition",
        `schedule: ${settings.schedule} is there with other settings; pass replace: true to put these in their place`,
      );
    requireInterval(settings.trigger, limits);
    if (known === undefined) requireRoom(this.register.all(), principal.tenant, limits);
    await this.store(this.newRecord(settings, principal, known), known);
    return true;
  }

  /**
   * Settles once it is gone, and what it trains is cancelled.
   * @throws HeadgateError not_found; unavailable where the disk refuses, and then it goes on
   */
  async remove(namespace: string, name: string): Promise<void> {
    const schedule = this.register.find(namespace, name);
    schedule.removed = true;
    this.register.remove(schedule);
    await this.options.store.remove(namespace, name).catch((cause: unknown) => {
      this.bringBack(schedule);
      throw notStored(cause);
    });
    await this.options.retrainings.cancel(schedule.record);
  }

  /** What the triggers of a namespace count. */
  sourcesOf(namespace: string): TriggerSources {
    return { ...this.options.sources(namespace), wall: this.options.clock.wall() };
  }

  private newRecord(
    settings: ScheduleSettings,
    principal: Principal,
    replaced: Schedule | undefined,
  ): ScheduleRecord {
    const createdTs = this.options.clock.wall();
    const mark = markNow(settings.trigger, createdTs, this.sourcesOf(principal.namespace));
    if (mark === undefined) throw missingSource(settings);
    const isSameModel = replaced?.record.settings.model === settings.model;
    return {
      id: newId(),
      settings,
      principal: { ...principal, scopes: [...principal.scopes] },
      createdTs,
      mark,
      notBeforeTs: createdTs,
      retrains: 0,
      retraining: null,
      last: null,
      error: null,
      published: isSameModel ? (replaced?.record.published ?? []) : [],
    };
  }

  private async store(record: ScheduleRecord, replaced: Schedule | undefined): Promise<void> {
    if (replaced !== undefined) replaced.removed = true;
    const stored = this.options.store.put(record).catch((cause: unknown) => {
      throw notStored(cause);
    });
    const schedule = newSchedule(record, stored);
    this.register.add(schedule);
    try {
      await stored;
    } catch (error) {
      schedule.removed = true;
      this.register.remove(schedule);
      if (replaced !== undefined) this.bringBack(replaced);
      throw error;
    }
    if (replaced !== undefined) await this.options.retrainings.cancel(replaced.record);
  }

  /** Unless another has taken its place. */
  private bringBack(schedule: Schedule): void {
    const { settings, principal } = schedule.record;
    if (this.register.get(principal.namespace, settings.schedule) !== undefined) return;
    schedule.removed = false;
    this.register.add(schedule);
  }
}

function sameSettings(a: ScheduleSettings, b: ScheduleSettings): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function missingSource({ trigger }: ScheduleSettings): HeadgateError {
  return new HeadgateError(
    "not_found",
    "dataset" in trigger
      ? `trigger.dataset: the dataset ${trigger.dataset} is not in this namespace: put it first`
      : `trigger.stream: ${"stream" in trigger ? trigger.stream : ""} is not open: open it first`,
  );
}

function notStored(cause: unknown): HeadgateError {
  return new HeadgateError(
    "unavailable",
    `the gateway could not write the schedule to its data folder${inBrackets(cause)}`,
    { cause },
  );
}
