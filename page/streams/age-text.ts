/** Writes durations and times for people. Pure. */

const steps = [
  { ms: 86_400_000, unit: "d" },
  { ms: 3_600_000, unit: "h" },
  { ms: 60_000, unit: "min" },
  { ms: 1_000, unit: "s" },
] as const;

/** A duration in its largest unit, from two of which it is written in whole ones: `90 s`, `3 min`, `2 d`. */
export function ageText(ms: number): string {
  const { ms: size, unit } = steps.find(({ ms: each }) => ms >= 2 * each) ?? { ms: 1_000, unit: "s" };
  return `${Math.max(0, Math.floor(ms / size)).toLocaleString("en-US")} ${unit}`;
}

/** A time as UTC: the day alone where the observations are days. */
export function timeText(ts: number, isDaily: boolean): string {
  if (!Number.isFinite(ts) || Math.abs(ts) > 8.64e15) return "an unknown time";
  const iso = new Date(ts).toISOString();
  return isDaily ? iso.slice(0, iso.indexOf("T")) : iso.slice(0, iso.indexOf(".")).replace("T", " ");
}

/** Whether every time is a midnight of UTC. */
export function areDays(times: ArrayLike<number>): boolean {
  for (let i = 0; i < times.length; i++) if ((times[i] ?? 0) % 86_400_000 !== 0) return false;
  return times.length > 0;
}
