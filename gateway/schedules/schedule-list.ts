/** Schedules as clients see them. */
import { limits } from "../../protocol/limits.js";
import type { ScheduleList, ScheduleState, SchedulesFrame } from "../../protocol/schedule-frames.js";
import { countedSince, type TriggerSources } from "./due.js";
import { jobName, type ScheduleRecord } from "./schedule-record.js";
import type { Schedules } from "./schedules.js";

export function scheduleState(record: ScheduleRecord, sources: TriggerSources): ScheduleState {
  const { settings, principal, mark, retraining, last, error } = record;
  return {
    ...settings,
    by: principal.subject,
    created_ts: record.createdTs,
    next_ts: mark.kind === "time" ? Math.max(mark.next, record.notBeforeTs) : null,
    counted: countedSince(settings.trigger, mark, sources),
    retrains: record.retrains,
    running: retraining && {
      stage: retraining.stage,
      started_ts: retraining.startedTs,
      job: retraining.stage === "promote" ? null : jobName(record, retraining.stage),
    },
    last,
    error,
  };
}

export type ScheduleQuery = Pick<SchedulesFrame, "model" | "after" | "limit">;

/** The schedules of a namespace in the order of their names. */
export function listSchedules(
  schedules: Pick<Schedules, "register" | "sourcesOf">,
  namespace: string,
  { model, after = "", limit = limits.schedules_listed_default }: ScheduleQuery,
): ScheduleList {
  const sources = schedules.sourcesOf(namespace);
  const found = schedules.register
    .of(namespace)
    .map(({ record }) => record)
    .filter(({ settings }) => settings.schedule > after && (model === undefined || settings.model === model));
  const page = found.slice(0, limit);
  const last = page.at(-1);
  return {
    schedules: page.map((record) => scheduleState(record, sources)),
    ...(found.length > page.length && last !== undefined && { next: last.settings.schedule }),
  };
}
