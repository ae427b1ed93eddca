/** Marks every change on the line: a dot, the delay of its declaration, and the date of each change to turbulent. */
import type { Axes } from "./axes.js";
import { placeLabels } from "./labels.js";
import type { ChartChange } from "./spells.js";
import { element, group, type Markup } from "./svg.js";
import type { Point } from "./thinning.js";
import { textOf } from "./time-ticks.js";

const rows = { count: 3, height: 15, width: 60 };

/** @param top pixels above which no label is placed */
export function marks(
  line: readonly Point[],
  turns: readonly ChartChange[],
  axes: Axes,
  top: number,
): readonly Markup[] {
  const { x, y, left, right } = axes;
  const height = (time: number) => y(valueAt(line, time));
  const labels = turns
    .filter(({ to }) => to === "turbulent")
    .map((turn) => ({ text: textOf(turn.time, x.to - x.from), x: x(turn.time), turn }));
  const timeAt = new Map(labels.map(({ x, turn }) => [x, turn.time]));
  const placed = placeLabels(labels, rows.width, rows.count, [left, right]);
  const baseline = (row: number) => top + (row + 1) * rows.height;
  const leaders = placed.map((label) =>
    element("line", {
      x1: label.x,
      x2: label.x,
      y1: baseline(label.row) + 4,
      y2: height(timeAt.get(label.x) ?? 0) - 3,
    }),
  );
  const texts = placed.map(({ text, left: at, row }) =>
    element("text", { x: at + rows.width / 2, y: baseline(row), "text-anchor": "middle" }, text),
  );
  const dots = turns.map(({ time, to }) =>
    element("circle", { class: to, cx: x(time), cy: height(time), r: 3 }),
  );
  return [group("leaders", leaders), group("turns", dots), group("labels", texts)];
}

/**
 * Bars under the plot from the beginning of each change to its declaration.
 * @param middle pixels of the bars' vertical centre
 */
export function lags(turns: readonly ChartChange[], { x }: Axes, middle: number): readonly Markup[] {
  return turns.flatMap(({ since, time, to }) =>
    since === undefined
      ? []
      : [
          element("line", { class: to, x1: x(since), x2: x(time), y1: middle, y2: middle }),
          element("line", { class: to, x1: x(time), x2: x(time), y1: middle - 4, y2: middle + 4 }),
        ],
  );
}

/** The value of the last point at or before that time. */
function valueAt(line: readonly Point[], time: number): number {
  let [low, high] = [0, line.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((line[middle]?.time ?? 0) <= time) low = middle + 1;
    else high = middle;
  }
  return line[Math.max(0, low - 1)]?.value ?? 0;
}
