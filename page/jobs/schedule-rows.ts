/** What the list of schedules says. Pure. */
import type { RetrainDecision, RetrainTrigger, ScheduleState } from "../../protocol/schedule-frames.js";
import { amount, duration, none } from "../numbers/format.js";

export interface ScheduleRow {
  readonly schedule: string;
  readonly model: string;
  /** When it falls due, in words. */
  readonly trigger: string;
  /** Milliseconds since the epoch by which the column is sorted; infinite where no time decides. */
  readonly nextTs: number;
  /** When it falls due next, or what it does now. */
  readonly next: string;
  /** What became of the last candidate, with both scores. */
  readonly last: string;
  /** Why the last retraining came to nothing. */
  readonly error: string;
}

export function scheduleRow(state: ScheduleState, now: number): ScheduleRow {
  return {
    schedule: state.schedule,
    model: state.model,
    trigger: triggerText(state.trigger),
    nextTs: state.next_ts ?? Number.POSITIVE_INFINITY,
    next: nextText(state, now),
    last: state.last === null ? none : decisionText(state.last),
    error: state.error === null ? none : `${state.error.code}: ${state.error.message}`,
  };
}

function triggerText(trigger: RetrainTrigger): string {
  if ("dataset" in trigger) return `every ${amount(trigger.every_rows)} rows of ${trigger.dataset}`;
  if ("stream" in trigger)
    return `every ${amount(trigger.every_observations)} observations of ${trigger.stream}`;
  if ("every_ms" in trigger) return `every ${duration(trigger.every_ms)}`;
  return `at ${trigger.at.join(", ")} UTC${trigger.weekdays === undefined ? "" : ` on ${trigger.weekdays.join(", ")}`}`;
}

const stages = {
  evaluate: "scores a candidate",
  train: "trains a candidate",
  promote: "decides",
} as const;

function nextText({ running, next_ts: next, counted, trigger }: ScheduleState, now: number): string {
  if (running !== null)
    return `${stages[running.stage]}, for ${duration(Math.max(0, now - running.started_ts))}`;
  if (next !== null) return next <= now ? "now" : `in ${duration(next - now)}`;
  if (counted === null) return "its source is not there";
  const wanted =
    "dataset" in trigger ? trigger.every_rows : "stream" in trigger ? trigger.every_observations : counted;
  return `after ${amount(Math.max(0, wanted - counted))} more`;
}

function decisionText(decision: RetrainDecision): string {
  const { promoted, version, reason, score, candidate, champion, champion_score: other } = decision;
  const scores =
    score === null
      ? ""
      : `; ${score} ${figure(candidate)}${champion === null ? "" : `, version ${champion} ${figure(other)}`}`;
  const said = `version ${version} was ${promoted ? "promoted" : "kept back"}: ${reason.replaceAll("_", " ")}`;
  return `${said}${scores}`;
}

function figure(value: number | null): string {
  return value === null ? none : Number(value.toPrecision(4)).toString();
}
