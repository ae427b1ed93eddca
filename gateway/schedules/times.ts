/** When a schedule of times falls due next. All times are UTC, so that no hour comes twice or never. Pure. */
import type { DailyTrigger, IntervalTrigger, Weekday } from "../../protocol/schedule-frames.js";
import { weekdays } from "../../protocol/schedule-frames.js";

const dayMs = 86_400_000;

/**
 * The first time after this one, in milliseconds since the epoch.
 * @param createdTs from which intervals are counted
 */
export function nextTime(trigger: IntervalTrigger | DailyTrigger, createdTs: number, after: number): number {
  if ("at" in trigger) return nextTimeOfDay(trigger, after);
  const past = Math.floor((after - createdTs) / trigger.every_ms);
  return createdTs + (past + 1) * trigger.every_ms;
}

function nextTimeOfDay({ at, weekdays: days }: DailyTrigger, after: number): number {
  const today = Math.floor(after / dayMs);
  // A week later the same weekday comes again, and its first time may be the next one.
  for (let day = today; day <= today + weekdays.length; day++) {
    if (days !== undefined && !days.includes(weekdayOf(day))) continue;
    const times = at.map((time) => day * dayMs + millisecondsOf(time)).sort((a, b) => a - b);
    const next = times.find((time) => time > after);
    if (next !== undefined) return next;
  }
  throw new Error("a schedule of times has no time");
}

/** @param day counted from the first of January 1970, which was a Thursday */
function weekdayOf(day: number): Weekday {
  const thursday = 3;
  const index = (((day + thursday) % weekdays.length) + weekdays.length) % weekdays.length;
  return weekdays[index] as Weekday;
}

function millisecondsOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(":").map(Number);
  return (hours * 60 + minutes) * 60_000;
}
