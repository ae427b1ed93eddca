/** A client's schedules of retrainings: put, listed, described and removed. */
import type { ScheduleList, ScheduleSettings, ScheduleState } from "../../protocol/schedule-frames.js";
import type { AskAck } from "./job.js";
import type { CallOptions } from "./options.js";

/** What becomes of a schedule of the same name, and the time of the call. */
export interface ScheduleOptions extends CallOptions {
  /** Whether a schedule of this name with other settings is replaced; what that one trains is cancelled. */
  readonly replace?: boolean | undefined;
}

/** Which schedules are listed, and the time of the call. */
export interface SchedulesQuery extends CallOptions {
  /** Only the schedules of this model. */
  readonly model?: string | undefined;
  /** Only the schedules whose names come after this one. */
  readonly after?: string | undefined;
  /** How many at most. */
  readonly limit?: number | undefined;
}

export class ClientSchedules {
  constructor(
    private readonly ack: AskAck,
    /** Refuses what the gateway that is there does not know. */
    private readonly requireFeature: (feature: string) => void,
  ) {}

  /** A repeat after a lost connection changes nothing: the settings are the same. */
  async put(settings: ScheduleSettings, { replace, ...call }: ScheduleOptions): Promise<ScheduleState> {
    const ack = await this.ack((id) => {
      this.requireFeature("schedule");
      return { ...settings, type: "schedule", id, ...(replace !== undefined && { replace }) };
    }, call);
    return ack["state"] as ScheduleState;
  }

  async list({ model, after, limit, ...call }: SchedulesQuery): Promise<ScheduleList> {
    const ack = await this.ack((id) => {
      this.requireFeature("schedule");
      return {
        type: "schedules",
        id,
        ...(model !== undefined && { model }),
        ...(after !== undefined && { after }),
        ...(limit !== undefined && { limit }),
      };
    }, call);
    const next = ack["next"] as string | undefined;
    return { schedules: ack["schedules"] as ScheduleList["schedules"], ...(next !== undefined && { next }) };
  }

  async one(schedule: string, call: CallOptions): Promise<ScheduleState> {
    const ack = await this.ack((id) => {
      this.requireFeature("schedule");
      return { type: "schedules", id, schedule };
    }, call);
    return ack["state"] as ScheduleState;
  }

  async remove(schedule: string, call: CallOptions): Promise<void> {
    await this.ack((id) => {
      this.requireFeature("schedule");
      return { type: "unschedule", id, schedule };
    }, call);
  }
}
