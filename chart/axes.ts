/** The axes of the picture: values at the right, time at the bottom. */
import { linearTicks, logTicks, type Scale, yearsOf } from "./scales.js";
import { element, type Markup } from "./svg.js";
import { timeTicks } from "./time-ticks.js";

export interface Axes {
  readonly x: Scale;
  readonly y: Scale;
  /** Pixels. */
  readonly left: number;
  readonly right: number;
}

export function grid({ y, left, right }: Axes, isLog: boolean): readonly Markup[] {
  const ticks = isLog ? logTicks(y) : linearTicks(y, 6);
  const digits = decimalsOf(ticks);
  return ticks.flatMap((tick) => [
    element("line", { x1: left, x2: right, y1: y(tick), y2: y(tick) }),
    element("text", { x: right + 8, y: y(tick) + 4 }, tickText(tick, digits)),
  ]);
}

function tickText(tick: number, digits: number): string {
  if (tick !== 0 && (Math.abs(tick) >= 1e7 || Math.abs(tick) < 1e-4)) return tick.toExponential();
  return tick.toLocaleString("en-US", { maximumFractionDigits: digits }).replace("-", "−");
}

/** The number of decimals that makes all tick labels different. */
function decimalsOf(ticks: readonly number[]): number {
  const gaps = ticks.slice(1).map((tick, i) => tick - (ticks[i] as number));
  const least = Math.min(...gaps, Math.abs(ticks.find((tick) => tick !== 0) ?? 1));
  return Math.max(0, Math.min(6, Math.ceil(1 - Math.log10(least))));
}

/** @param bottom pixels from the top at which the tick marks begin */
export function timeAxis({ x }: Axes, bottom: number): readonly Markup[] {
  const years = yearsOf(x);
  const mark = (at: number) => element("line", { x1: at, x2: at, y1: bottom, y2: bottom + 6 });
  const text = (at: number, what: string) =>
    element("text", { x: at, y: bottom + 19, "text-anchor": "middle" }, what);
  // With 3 to 25 years each year is labelled under its days; otherwise round moments are labelled.
  if (years.length >= 3 && years.length <= 25)
    return years.flatMap(({ year, from, to }) => [
      mark(x(from)),
      ...(x(to) - x(from) >= 28 ? [text((x(from) + x(to)) / 2, String(year))] : []),
    ]);
  return timeTicks(x, 10).flatMap(({ time, text: what }) => [mark(x(time)), text(x(time), what)]);
}
