/** Reduces a line to fewer points than a screen has pixels, and keeps its peaks. Pure. */

export interface Point {
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly value: number;
}

/** Divides the time into equal columns and keeps the first, lowest, highest and last point of each, in order. */
export function thinned(points: readonly Point[], columns: number): readonly Point[] {
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined || points.length <= 4 * columns) return points;
  const width = (last.time - first.time) / columns;
  const kept: Point[] = [];
  for (let from = 0; from < points.length; ) {
    const column = columnOf(points[from] as Point, first, width, columns);
    let [to, low, high] = [from, from, from];
    for (; to < points.length && columnOf(points[to] as Point, first, width, columns) === column; to++) {
      if ((points[to] as Point).value < (points[low] as Point).value) low = to;
      if ((points[to] as Point).value > (points[high] as Point).value) high = to;
    }
    const wanted = [...new Set([from, low, high, to - 1])].sort((a, b) => a - b);
    for (const at of wanted) kept.push(points[at] as Point);
    from = to;
  }
  return kept;
}

function columnOf({ time }: Point, first: Point, width: number, columns: number): number {
  return Math.min(columns - 1, Math.floor((time - first.time) / width));
}
