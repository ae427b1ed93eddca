/** Maps values to positions in the picture, and chooses the ticks of an axis. Pure. */

export interface Scale {
  (value: number): number;
  readonly from: number;
  readonly to: number;
}

/** @param range the pixels of `from` and of `to` */
function scale(from: number, to: number, range: readonly [number, number], of: (v: number) => number): Scale {
  const [start, end] = range;
  const place = (value: number) => start + ((of(value) - of(from)) / (of(to) - of(from))) * (end - start);
  return Object.assign(place, { from, to });
}

export function linearScale(from: number, to: number, range: readonly [number, number]): Scale {
  return scale(from, to, range, (value) => value);
}

/** A logarithmic scale: equal distances are equal ratios, so a fall by half has the same height at every level. */
export function logScale(from: number, to: number, range: readonly [number, number]): Scale {
  return scale(from, to, range, Math.log);
}

/** Round numbers, three to six within a factor of ten. */
export function logTicks({ from, to }: Scale): readonly number[] {
  const ticks: number[] = [];
  for (let decade = 10 ** Math.floor(Math.log10(from)); decade <= to; decade *= 10)
    for (const step of [1, 1.5, 2, 3, 5, 7]) ticks.push(step * decade);
  return ticks.filter((tick) => tick >= from && tick <= to);
}

/** Round numbers, about `count` of them. */
export function linearTicks({ from, to }: Scale, count: number): readonly number[] {
  const rough = (to - from) / count;
  const decade = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 2.5, 5].find((each) => each * decade >= rough) ?? 10) * decade;
  const first = Math.ceil(from / step);
  return Array.from({ length: Math.floor(to / step) - first + 1 }, (_, i) => {
    return Number(((first + i) * step).toPrecision(12));
  });
}

export interface YearSpan {
  readonly year: number;
  /** Milliseconds since the epoch; the scale cuts off the first and the last year. */
  readonly from: number;
  readonly to: number;
}

/** The years that a time scale covers. */
export function yearsOf({ from, to }: Scale): readonly YearSpan[] {
  const years: YearSpan[] = [];
  for (let year = new Date(from).getUTCFullYear(); Date.UTC(year) < to; year++)
    years.push({ year, from: Math.max(from, Date.UTC(year)), to: Math.min(to, Date.UTC(year + 1)) });
  return years;
}
