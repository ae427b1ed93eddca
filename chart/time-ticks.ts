/** Chooses the tick times of a time axis, and formats them. UTC. Pure. */
import type { Scale } from "./scales.js";

export interface TimeTick {
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly text: string;
}

const [second, minute, hour, day] = [1_000, 60_000, 3_600_000, 86_400_000];
/** The steps between ticks of a fixed length; months and years vary in length and are handled apart. */
const steps = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500],
  ...[1, 2, 5, 10, 15, 30].map((each) => each * second),
  ...[1, 2, 5, 10, 15, 30].map((each) => each * minute),
  ...[1, 2, 3, 6, 12].map((each) => each * hour),
  ...[1, 2, 7, 14].map((each) => each * day),
];
const monthSteps = [1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1_200];
const monthMs = 30.44 * day;

/** At most `countMax` round times within the scale. */
export function timeTicks({ from, to }: Scale, countMax: number): readonly TimeTick[] {
  const step = steps.find((each) => (to - from) / each <= countMax);
  if (step !== undefined) {
    const ticks: TimeTick[] = [];
    for (let time = Math.ceil(from / step) * step; time <= to; time += step)
      ticks.push({ time, text: momentText(time, step) });
    return ticks;
  }
  const months = monthSteps.find((each) => (to - from) / (each * monthMs) <= countMax) ?? 12_000;
  const start = new Date(from);
  const ticks: TimeTick[] = [];
  for (
    let month = Math.floor((start.getUTCFullYear() * 12 + start.getUTCMonth()) / months) * months;
    ;
    month += months
  ) {
    const time = monthStart(month);
    if (time > to) return ticks;
    if (time >= from)
      ticks.push({ time, text: months >= 12 ? String(Math.floor(month / 12)) : monthText(time) });
  }
}

/** @param month months since January of the year 0; `Date.UTC` would take a year below 100 for one of 1900 */
function monthStart(month: number): number {
  return new Date(0).setUTCFullYear(Math.floor(month / 12), month % 12, 1);
}

function momentText(time: number, step: number): string {
  const iso = new Date(time).toISOString();
  if (step >= day) return dayText(time);
  if (step >= minute) return time % day === 0 ? dayText(time) : iso.slice(11, 16);
  return step >= second ? iso.slice(11, 19) : iso.slice(17, 23);
}

export function dayText(time: number): string {
  return new Date(time).toLocaleString("en-GB", { day: "numeric", month: "short", timeZone: "UTC" });
}

export function monthText(time: number): string {
  const text = new Date(time).toLocaleString("en-GB", { month: "short", year: "numeric", timeZone: "UTC" });
  return text.replace("Sept", "Sep");
}

/** A time, formatted as precisely as the picture's span needs. */
export function textOf(time: number, spanMs: number): string {
  if (spanMs > 700 * day) return monthText(time);
  if (spanMs > 3 * day) return dayText(time);
  const iso = new Date(time).toISOString();
  return spanMs > 3 * minute
    ? iso.slice(11, 16)
    : spanMs > 3 * second
      ? iso.slice(11, 19)
      : iso.slice(17, 23);
}
