/** Asks for the schedules again and again while the panel is shown: no topic tells when one falls due or counts rows. */
import type { Gate } from "../../client/typescript/gate.js";
import { HeadgateError } from "../../protocol/errors.js";
import type { ScheduleState } from "../../protocol/schedule-frames.js";

/** Schedules that the list has. */
const listedMax = 200;
const pauseMs = 2_000;

export class SchedulesFeed {
  private known: readonly ScheduleState[] = [];
  private timer: ReturnType<typeof setTimeout> | undefined;
  private isEnded = false;

  constructor(
    private readonly gate: Pick<Gate, "schedules">,
    private readonly changed: () => void,
  ) {
    void this.ask();
  }

  /** None until the gateway has told of them, and of one that has no schedules. */
  get schedules(): readonly ScheduleState[] {
    return this.known;
  }

  end(): void {
    this.isEnded = true;
    clearTimeout(this.timer);
  }

  private async ask(): Promise<void> {
    try {
      const { schedules } = await this.gate.schedules({ limit: listedMax });
      this.known = schedules;
    } catch (error) {
      // A gateway that does not know schedules, or does not tell this credential of them, will not on the next try.
      if (error instanceof HeadgateError && final.has(error.code)) return;
    }
    if (this.isEnded) return;
    this.changed();
    this.timer = setTimeout(() => void this.ask(), pauseMs);
  }
}

const final: ReadonlySet<string> = new Set(["unimplemented", "permission_denied", "unauthenticated"]);
