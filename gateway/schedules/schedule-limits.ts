/** What bounds schedules. */
import { HeadgateError, invalidArgument } from "../../protocol/errors.js";
import type { RetrainTrigger } from "../../protocol/schedule-frames.js";
import type { ScheduleRecord } from "./schedule-record.js";

export interface ScheduleLimits {
  /** Schedules of all tenants together. */
  readonly countMax: number;
  readonly tenantCountMax: number;
  /** Milliseconds from one retraining's start to the next one's, at least. */
  readonly intervalMs: number;
}

/** @throws HeadgateError invalid_argument for an interval that is too short */
export function requireInterval(trigger: RetrainTrigger, { intervalMs }: ScheduleLimits): void {
  if ("every_ms" in trigger && trigger.every_ms < intervalMs)
    throw invalidArgument(
      "trigger.every_ms",
      `${trigger.every_ms} is less than ${intervalMs}, the gateway's training.schedule_interval_ms`,
    );
}

/** @throws HeadgateError resource_exhausted where there is no room for one more */
export function requireRoom(
  schedules: readonly { readonly record: Pick<ScheduleRecord, "principal"> }[],
  tenant: string,
  { countMax, tenantCountMax }: ScheduleLimits,
): void {
  const own = schedules.filter(({ record }) => record.principal.tenant === tenant).length;
  if (own >= tenantCountMax)
    throw full(`${own} schedules of this tenant, the limit (training.tenant_schedules)`);
  if (schedules.length >= countMax)
    throw full(`${schedules.length} schedules, the limit (training.schedules)`);
}

function full(what: string): HeadgateError {
  return new HeadgateError("resource_exhausted", `schedule: there are ${what}: remove one with unschedule`, {
    retryable: false,
  });
}
